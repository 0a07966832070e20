"""What the paper reports, its claims beside what we measured, and both as tables."""

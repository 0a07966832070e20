"""Stacks around the same networks: fitted and measured, and what the grid of them says."""

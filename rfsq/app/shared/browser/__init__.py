"""What all parts of the app that run in the browser share: how they are mounted, what is said between them and Python."""

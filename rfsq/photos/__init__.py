"""How do pictures get in and out? `read` is the only door for files from outside; `gallery` is always there."""

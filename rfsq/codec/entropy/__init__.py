"""Entropy coding of the indices: integer tables and integer arithmetic only, so that it is the same everywhere.

    planes    indices -> one array of small numbers per channel (and back)
    contexts  what is known before a number is coded, as a small integer
    tables    how often each number follows each context; learned once, kept beside the checkpoint
    coder     planes -> bytes -> planes, with asymmetric numeral systems
    learn     tables from the indices of training photos

No module here imports torch, and nothing depends on a network, a device or the number of threads.
"""

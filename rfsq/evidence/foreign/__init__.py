"""Quantizers from outside beside ours: their scores, and the tables of them."""

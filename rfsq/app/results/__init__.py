"""The Results page: who wins at equal bits, and by how much."""

"""The Results page: who wins at equal bits, and by how much."""

from rfsq.app.results.page import results_page

__all__ = ["results_page"]

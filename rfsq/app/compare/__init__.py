"""The Compare page: one photo through several quantizers, stage by stage."""

from rfsq.app.compare.page import compare_page

__all__ = ["compare_page"]

"""The Rate–distortion page: what bytes buy, and what other formats do with them."""

from rfsq.app.rate_distortion.page import rate_distortion_page

__all__ = ["rate_distortion_page"]

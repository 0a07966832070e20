"""The page "Train your own": a small model learns while the viewer watches."""

from rfsq.app.train.page import train_page

__all__ = ["train_page"]

"""The Lab page: quantization in two dimensions, by hand.

settings and lesson know nothing of Streamlit; runs keeps what was computed; plane, factors and steps are the parts that
run in the browser; page puts them together.
"""

from rfsq.app.lab.page import lab_page

__all__ = ["lab_page"]

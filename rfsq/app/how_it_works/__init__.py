"""The page "How it works": one token of the photo, with every number on its way through the model.

settings knows nothing of Streamlit; payload packs what the browser needs for all tokens at once; explorer is the part
that runs in the browser; page puts them together.
"""

from rfsq.app.how_it_works.page import how_it_works_page

__all__ = ["how_it_works_page"]

"""The Streamlit app: the only part of the package that imports streamlit. `app.py` starts it.

settings, choice, links and table know nothing of Streamlit; cache keeps what was computed; photo, copy_link and
viewer are parts of the page; compare is the page.
"""

"""The Streamlit app: the only part of the package that imports streamlit. `app.py` starts it.

`pages` lists the pages, a folder each. A folder's `page` reads from settings to figures; `session` is what the page
remembers, `controls` and the other parts draw. `shared` is what several pages use, `viewer` shows pictures.
"""

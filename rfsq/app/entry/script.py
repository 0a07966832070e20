"""What is drawn for a viewer at every run: the look, the page of the address, and what stands below all pages."""

import streamlit as st

from rfsq.app.footer import footer
from rfsq.app.look import apply_look
from rfsq.app.pages import menu, prepare_others
from rfsq.app.talk.in_page import in_page

st.set_page_config("RFSQ Lab", page_icon="🧩", layout="wide")
apply_look()
page = menu()
page.run()
in_page(page.url_path)
footer()
prepare_others()

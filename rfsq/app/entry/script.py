"""What is drawn for a viewer at every run: the look, the page of the address, and what stands below all pages."""

import streamlit as st

from rfsq.app.footer import footer
from rfsq.app.look import apply_look
from rfsq.app.pages import menu, prepare_others

st.set_page_config("RFSQ Lab", page_icon="🧩", layout="wide")
apply_look()
menu().run()
footer()
prepare_others()

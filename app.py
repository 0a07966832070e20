"""RFSQ Lab in the browser: `streamlit run app.py`. The pages are in rfsq/app."""

import streamlit as st

from rfsq.app.footer import footer
from rfsq.app.look import apply_look
from rfsq.app.pages import menu, prepare_others

st.set_page_config("RFSQ Lab", page_icon="🧩", layout="wide")
apply_look()
menu().run()
footer()
prepare_others()

"""RFSQ Lab in the browser: `streamlit run app.py`. The pages are in rfsq/app."""

import streamlit as st

from rfsq.app.pages import pages
from rfsq.app.sidebar import sidebar

st.set_page_config("RFSQ Lab", page_icon="🧩", layout="wide", initial_sidebar_state="collapsed")
page = st.navigation(pages())
sidebar()
page.run()

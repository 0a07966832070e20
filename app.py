"""RFSQ Lab in the browser: `streamlit run app.py`. The pages are in rfsq/app/pages.py, own routes in rfsq/app/routes.py."""

import streamlit as st

from rfsq.app.routes import SCRIPT, routes

app = st.App(SCRIPT, routes=routes())

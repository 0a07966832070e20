"""The app around the viewer as a server with this project's routes: the viewer fetches its pictures there."""

from pathlib import Path

import streamlit as st

from rfsq.app.routes import routes

app = st.App(Path(__file__).with_name("viewer_harness.py"), routes=routes())

"""The pages of the app, in the order of the menu, and the menu itself."""

from __future__ import annotations

import importlib

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rfsq.app.compare.page import compare_page
from rfsq.app.compare.session import COMPARE_PAGE
from rfsq.app.how_it_works.page import how_it_works_page
from rfsq.app.lab.page import lab_page
from rfsq.app.rate_distortion.page import rate_distortion_page
from rfsq.app.results.page import results_page
from rfsq.app.train.page import train_page

# Plotly looks whether pandas has been imported, and would take it half imported by another viewer's thread: it must be
# complete before anyone's first page is drawn.
importlib.import_module("pandas")


def menu() -> StreamlitPage:
    """Draw the menu and return the page of this address, to be run.

    Streamlit folds its menu away on narrow screens; there, a row of links takes its place (look.css shows one of both).
    """
    compare = st.Page(compare_page, title="Compare", icon="🔍", default=True)
    st.session_state[COMPARE_PAGE] = compare
    pages = [
        compare,
        st.Page(how_it_works_page, title="How it works", icon="🔬", url_path="how-it-works"),
        st.Page(results_page, title="Results", icon="📊", url_path="results"),
        st.Page(rate_distortion_page, title="Rate–distortion", icon="📉", url_path="rate-distortion"),
        st.Page(lab_page, title="Lab", icon="🧪", url_path="lab"),
        st.Page(train_page, title="Train your own", icon="🏋️", url_path="train"),
    ]
    alias = st.Page(_to_compare, title="Compare", url_path="compare", visibility="hidden")
    chosen = st.navigation([*pages, alias], position="top")
    with st.container(key="narrow-menu", horizontal=True):
        for page in pages:
            st.page_link(page)
    return chosen


def _to_compare() -> None:
    """The first page's own address is the bare one; its name leads there, too, with all that the link holds."""
    st.switch_page(st.session_state[COMPARE_PAGE], query_params=st.query_params.to_dict())

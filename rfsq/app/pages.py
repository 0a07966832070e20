"""The pages of the app, in the order of the menu, and the menu itself."""

from __future__ import annotations

import importlib
from functools import partial
from types import ModuleType

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rfsq.app.compare.opening import opening_views
from rfsq.app.compare.page import compare_page
from rfsq.app.compare.session import COMPARE_PAGE
from rfsq.app.shared.idle import when_idle

# Plotly looks whether pandas has been imported, and would take it half imported by another viewer's thread: it must be
# complete before anyone's first page is drawn.
importlib.import_module("pandas")

_LATER = (
    "how_it_works",
    "results",
    "rate_distortion",
    "lab",
    "train",
    "doctor",
    "live_camera",
)  # folders of pages that are imported when needed


def menu() -> StreamlitPage:
    """Draw the menu and return the page of this address, to be run.

    Streamlit folds its menu away on narrow screens; there, a row of links takes its place (look.css shows one of both).
    """
    compare = st.Page(compare_page, title="Compare", icon="🔍", default=True)
    st.session_state[COMPARE_PAGE] = compare
    pages = [
        compare,
        st.Page(partial(_open, "how_it_works"), title="How it works", icon="🔬", url_path="how-it-works"),
        st.Page(partial(_open, "results"), title="Results", icon="📊", url_path="results"),
        st.Page(partial(_open, "rate_distortion"), title="Rate–distortion", icon="📉", url_path="rate-distortion"),
        st.Page(partial(_open, "lab"), title="Lab", icon="🧪", url_path="lab"),
        st.Page(partial(_open, "train"), title="Train your own", icon="🏋️", url_path="train"),
        st.Page(partial(_open, "doctor"), title="Doctor", icon="🩺", url_path="doctor"),
        st.Page(partial(_open, "live_camera"), title="Live camera", icon="📷", url_path="live-camera"),
    ]
    alias = st.Page(_to_compare, title="Compare", url_path="compare", visibility="hidden")
    chosen = st.navigation([*pages, alias], position="top")
    with st.container(key="narrow-menu", horizontal=True):
        for page in pages:
            st.page_link(page)
    return chosen


def prepare_others() -> None:
    """Once the first page of a process stands: import the other pages, and make what people look at first."""
    when_idle([*(partial(_module_of, folder) for folder in _LATER), *opening_views()])


def _open(folder: str) -> None:
    getattr(_module_of(folder), f"{folder}_page")()


def _module_of(folder: str) -> ModuleType:
    return importlib.import_module(f"rfsq.app.{folder}.page")


def _to_compare() -> None:
    """The first page's own address is the bare one; its name leads there, too, with all that the link holds."""
    st.switch_page(st.session_state[COMPARE_PAGE], query_params=st.query_params.to_dict())

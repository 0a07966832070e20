"""The pages of the app, in the order of the menu, and the menu itself."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rfsq.app.compare.opening import opening_views
from rfsq.app.compare.page import compare_page
from rfsq.app.compare.session import COMPARE_PAGE
from rfsq.app.shared.idle import when_idle
from rfsq.app.shared.talk_view import talking

# Plotly looks whether pandas has been imported, and would take it half imported by another viewer's thread: it must be
# complete before anyone's first page is drawn.
importlib.import_module("pandas")


@dataclass(frozen=True)
class Entry:
    """A page in the menu."""

    folder: str  # in rfsq/app; but for the first one, it is imported when needed
    title: str
    path: str  # its name in the address; empty for the first one


PAGES: Final = (
    Entry("compare", "Compare", ""),
    Entry("how_it_works", "How it works", "how-it-works"),
    Entry("results", "Results", "results"),
    Entry("rate_distortion", "Rate–distortion", "rate-distortion"),
    Entry("lab", "Lab", "lab"),
    Entry("train", "Train your own", "train"),
    Entry("doctor", "Doctor", "doctor"),
    Entry("live_camera", "Live camera", "live-camera"),
    Entry("talk", "Talk", "talk"),
)


def menu() -> StreamlitPage:
    """Draw the menu and return the page of this address, to be run.

    Streamlit folds its menu away on narrow screens; there, a row of links takes its place (look.css shows one of both). The
    talk view has neither.
    """
    first, *others = PAGES
    compare = st.Page(compare_page, title=first.title, default=True)
    st.session_state[COMPARE_PAGE] = compare
    pages = [
        compare,
        *(st.Page(partial(_open, page.folder), title=page.title, url_path=page.path) for page in others),
    ]
    alias = st.Page(_to_compare, title="Compare", url_path="compare", visibility="hidden")
    chosen = st.navigation([*pages, alias], position="hidden" if talking() else "top")
    if talking():
        return chosen
    with st.container(key="narrow-menu", horizontal=True):
        for page in pages:
            st.page_link(page)
    return chosen


def prepare_others() -> None:
    """Once the first page of a process stands: import the other pages, and make what people look at first."""
    when_idle([*(partial(_module_of, page.folder) for page in PAGES[1:]), *opening_views()])


def _open(folder: str) -> None:
    getattr(_module_of(folder), f"{folder}_page")()


def _module_of(folder: str) -> ModuleType:
    return importlib.import_module(f"rfsq.app.{folder}.page")


def _to_compare() -> None:
    """The first page's own address is the bare one; its name leads there, too, with all that the link holds."""
    st.switch_page(st.session_state[COMPARE_PAGE], query_params=st.query_params.to_dict())

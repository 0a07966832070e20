"""Whether the viewer's page is as narrow as a phone. Only the browser knows, so the first run of a session takes it as wide."""

from __future__ import annotations

import streamlit as st

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report

_KEY, _KNOWN = "page-width", "page-is-narrow"
_mount = component("rfsq_page_width", "shared/narrow.js")


def narrow_page() -> bool:
    """Ask the browser, and return what it said last. Draw it once on a page, outside of fragments."""
    said = report(_KEY, "width")
    if said is not None:
        st.session_state[_KNOWN] = said.get("narrow") is True
    known = bool(st.session_state.get(_KNOWN, False))
    with st.container(key="page-width-box"):
        _mount(key=_KEY, data={"narrow": known}, on_width_change=lambda: None)
    return known

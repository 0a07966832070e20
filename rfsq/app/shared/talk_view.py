"""The talk view of a page: large, without menu, controls and footnotes. The page's link asks for it, and keeps asking."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode

import streamlit as st

_TALK: Final = "talk"  # parameter of links: 1 asks for the talk view,
_BRING: Final = "bring"  # and 1, beside it, for the buttons that take a photo from the audience
_SESSION: Final = "talk-view"  # a page may redraw itself before its link is in the address again


def talking() -> bool:
    """Whether this session shows the talk view. It begins with the link, and ends with the session."""
    return _TALK in _asked()


def brings_photo() -> bool:
    """Whether the talk view offers to take a photo from the audience."""
    return talking() and _BRING in _asked()


def with_talk(query: str) -> str:
    """The link of a page, with what asks for the talk view where it is shown. query: what follows "?"."""
    asked = [(name, "1") for name in (_TALK, _BRING) if name in _asked()] if talking() else []
    return urlencode([*parse_qsl(query, keep_blank_values=True), *asked], safe=",") if asked else query


def _asked() -> frozenset[str]:
    if _SESSION not in st.session_state:
        given = st.query_params
        st.session_state[_SESSION] = frozenset(name for name in (_TALK, _BRING) if given.get(name) == "1")
    found: frozenset[str] = st.session_state[_SESSION]
    return found

"""What a section of the page shows was measured beforehand and lies in a file, or does not, which is said in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from rfsq.evidence.stored import ResultsError

_T = TypeVar("_T")


def measured_or_said(load: Callable[[], _T | None], missing: str) -> _T | None:
    """What `load` returns; where that is None the sentence `missing` is drawn, and of a damaged file (`ResultsError`) what is
    wrong with it."""
    try:
        found = load()
    except ResultsError as error:
        st.error(str(error))
        return None
    if found is None:
        st.info(missing)
    return found

"""The button that opens models of the Results page in Compare."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rfsq.app.compare.session import open_compare


def compare_button(models: Sequence[str], key: str, stages: int | None = None) -> None:
    """Draw it. stages: how many to show there, all if None."""
    if st.button("Open in Compare", key=key):
        open_compare(models, stages)

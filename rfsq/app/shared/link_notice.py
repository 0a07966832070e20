"""The link that a page was opened with, and the notice about what it asks for in vain."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def link_values() -> dict[str, tuple[str, ...]]:
    """All values of the page's address by name."""
    return {key: tuple(st.query_params.get_all(key)) for key in st.query_params}


def link_notice(notes: Sequence[str]) -> None:
    """Draw one notice: the sentence, or several of them folded. Its place is there without one, too, so that what stands
    below keeps its own."""
    with st.container(key="link-notice"):
        if len(notes) == 1:
            st.info(notes[0])
        elif notes:
            with st.expander(f"The link asks for {len(notes)} things that are not here"):
                st.markdown("\n".join(f"- {note}" for note in notes))

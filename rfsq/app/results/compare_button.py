"""The button that opens models of the Results page in Compare."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rfsq.app.compare.session import open_compare, open_stacks
from rfsq.model.stack import parse_stack_name


def compare_button(models: Sequence[str], key: str, stages: int | None = None) -> None:
    """Draw it. models: of the zoo, or a pair of stacks around one network. stages: how many to show there, all if None."""
    if not st.button("Open in Compare", key=key):
        return
    if (stack := parse_stack_name(models[-1])) is not None:
        open_stacks(*stack)
    open_compare(models, stages)

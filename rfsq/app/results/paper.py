"""What of the paper's claims holds, and its table beside ours."""

from __future__ import annotations

import streamlit as st

from rfsq.app.results.measured import measured_words
from rfsq.evidence.paper.tables import paper_table, readings_table
from rfsq.evidence.results import Results
from rfsq.style.palette import Theme


def show_paper(results: Results, theme: Theme, narrow: bool) -> None:
    """Draw both tables."""
    st.header("What of the paper's claims holds?", anchor="claims")
    st.html(readings_table(results).html(theme, kind="prose stacks"))
    st.header("The paper's table beside ours", anchor="paper")
    st.html(paper_table(results).html(theme, kind="stacks"))
    st.caption(
        "Theirs: ImageNet, L1 + LPIPS loss, a pixel scale that the paper does not state. Ours: L1 loss, L1 on [−1, 1]. "
        "Compare rows inside one half, never across. The table is that of version 1 of the paper, which called "
        f"all nine 12 bit; bits are those of its later versions. Ours on {measured_words(results)}"
    )

"""What stands beside every page."""

from __future__ import annotations

import streamlit as st

from rfsq import __version__


def sidebar() -> None:
    with st.sidebar:
        st.markdown("## RFSQ Lab")
        st.markdown(
            "Residual finite scalar quantization of images: a picture becomes a few small numbers per 4×4 block, "
            "and the remainder is rounded again, stage by stage."
        )
        st.markdown("Paper: [arXiv 2508.15860](https://arxiv.org/abs/2508.15860). The models are our own training.")
        st.markdown("Compare saves what you see as `.rfsq` files, and opens them in place of a photo.")
        st.caption(f"Photos stay on the machine that runs this app. Version {__version__}.")

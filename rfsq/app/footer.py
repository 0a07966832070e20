"""What stands below every page."""

from __future__ import annotations

import streamlit as st

from rfsq import __version__
from rfsq.app.shared.talk_view import talking


def footer() -> None:
    """Draw what the app is, where it comes from, and where photos stay; nothing in the talk view."""
    if talking():
        return
    with st.container(key="footer"):
        st.caption(
            "**RFSQ Lab**: residual finite scalar quantization of images. A picture becomes a few small numbers per "
            "block, and the remainder is rounded again, stage by stage. Paper: "
            "[arXiv 2508.15860](https://arxiv.org/abs/2508.15860); the models are our own training. Compare saves what "
            "you see as `.rfsq` files, and opens them in place of a photo. Photos stay on the machine that runs this app. "
            f"Version {__version__}."
        )

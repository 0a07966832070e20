"""The controls of the page "How it works": which model the token goes through."""

from __future__ import annotations

import streamlit as st

from rfsq.app.how_it_works.session import CONDITIONING, OTHER_MODEL, take_conditioning, take_other_model
from rfsq.app.how_it_works.settings import FAMILY, QUANTIZED
from rfsq.model.checkpoint import available_models
from rfsq.quantizers.conditioning import described
from rfsq.style.palette import label_of


def controls(model: str) -> None:
    """Draw the controls; they stand at `model`."""
    conditioning = next((name for name, known in FAMILY.items() if known == model), None)
    st.session_state[CONDITIONING] = conditioning
    st.session_state[OTHER_MODEL] = None if conditioning else model
    with st.container(key="how-controls", horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Conditioning",
            list(FAMILY),
            key=CONDITIONING,
            on_change=take_conditioning,
            help="What happens to the remainder before it is rounded.",
        )
        with st.popover("More"):
            st.selectbox(
                "Another model",
                [name for name in QUANTIZED if name not in FAMILY.values()],
                key=OTHER_MODEL,
                format_func=label_of,
                filter_mode=None,
                index=None,
                on_change=take_other_model,
                placeholder="one of the zoo",
            )
            present = set(available_models())
            if absent := [label_of(name) for name in QUANTIZED if name not in present]:
                st.caption(f"Not trained in this copy: {', '.join(absent)}.")
    st.caption(described(conditioning) if conditioning else label_of(model))

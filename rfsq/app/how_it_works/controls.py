"""The controls of the page "How it works": which model the token goes through."""

from __future__ import annotations

import streamlit as st

from rfsq.app.how_it_works.session import CONDITIONING, OTHER_MODEL, take_conditioning, take_other_model
from rfsq.app.how_it_works.settings import FAMILY, QUANTIZED
from rfsq.model.checkpoint import available_models
from rfsq.style.palette import label_of

EXPLAIN = {
    "none": "none: the remainder is rounded as it is.",
    "scale": "scale: each stage multiplies by a learned factor before it rounds, and divides by it after.",
    "layernorm": "layernorm: mean and spread of each channel become 0 and 1 over this photo; they are sent along.",
    "layernorm-global": "layernorm-global: as layernorm, with mean and spread of the training photos; nothing is sent.",
    "geometric": "geometric: the latent is bounded first, then each stage multiplies by a fixed step, like the next digit.",
}


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
    st.caption(EXPLAIN.get(conditioning or "", label_of(model)))

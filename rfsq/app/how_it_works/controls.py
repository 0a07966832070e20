"""The controls of the page "How it works": which model the token goes through."""

from __future__ import annotations

import streamlit as st

from rfsq.app.how_it_works.lesson import STEPS
from rfsq.app.how_it_works.models import (
    FAMILY,
    TRAINED,
    conditioning_of,
    offered,
    own_of,
    shares_network,
    stack_of,
    stacks_here,
)
from rfsq.app.how_it_works.session import (
    CONDITIONING,
    LEVELS,
    MODE,
    OTHER_MODEL,
    OWN,
    STAGES,
    session,
    take_conditioning,
    take_mode,
    take_other_model,
    take_own,
    take_stack,
)
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.conditioning_help import CONDITIONING_HELP
from rfsq.app.shared.own_quantizers import own_keys
from rfsq.model.checkpoint import available_models
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES
from rfsq.style.palette import label_of

MODES = {"same": "same network", "trained": "trained together"}
MODE_HELP = (
    "Same network: one network that was trained without rounding, so that every conditioning gets the same latent. Trained "
    "together: each conditioning has a network of its own, whose latents differ."
)


def controls(settings: TokenSettings) -> None:
    """Draw the controls; they stand at the settings' model."""
    model, replaced = settings.model, session().replaced
    stack = stack_of(model)
    same = shares_network(model)
    replaced.put(MODE, "same" if same else "trained")
    replaced.put(CONDITIONING, conditioning_of(model))
    with (
        replaced.marked("row", MODE, CONDITIONING, LEVELS, STAGES, OWN),
        st.container(key="how-controls", horizontal=True, vertical_alignment="bottom"),
    ):
        if same or stacks_here(available_models()):
            st.segmented_control(
                "Networks",
                list(MODES),
                key=MODE,
                format_func=MODES.__getitem__,
                required=True,
                on_change=replaced.heard(MODE, take_mode),
                help=MODE_HELP,
            )
        st.segmented_control(
            "Conditioning",
            offered(model),
            key=CONDITIONING,
            on_change=replaced.heard(CONDITIONING, take_conditioning),
            help=CONDITIONING_HELP,
        )
        if not same:
            _other_models(None if conditioning_of(model) else model)
        elif stack is not None:
            replaced.put(LEVELS, stack.levels[0])
            replaced.put(STAGES, stack.stages)
            st.select_slider(
                "Levels",
                OFFERED_LEVELS,
                key=LEVELS,
                on_change=replaced.heard(LEVELS, take_stack),
                help="Values that each channel can take in one stage.",
                width=130,
            )
            st.slider("Stages", 1, OFFERED_STAGES, key=STAGES, on_change=replaced.heard(STAGES, take_stack), width=130)
        if same and own_keys():
            replaced.put(OWN, own_of(model))
            st.segmented_control(
                "Own quantizer",
                own_keys(),
                key=OWN,
                on_change=replaced.heard(OWN, take_own),
                help="Named on the command line that started this app. Press it again for the stack before.",
            )
    mark = STEPS[settings.step].mark if settings.step else ""
    marked = f".st-key-{mark} {{ outline: 3px dashed var(--rfsq-text); outline-offset: 6px; }}" if mark else ""
    # Without a mark, too: Streamlit leaves a style where it was until another one comes.
    st.html(f"<style>{marked}</style>")


def _other_models(chosen: str | None) -> None:
    replaced = session().replaced
    replaced.put(OTHER_MODEL, chosen)
    with st.popover("More"), replaced.marked("more", OTHER_MODEL):
        st.selectbox(
            "Another model",
            [name for name in TRAINED if name not in FAMILY.values()],
            key=OTHER_MODEL,
            format_func=label_of,
            filter_mode=None,
            index=None,
            on_change=replaced.heard(OTHER_MODEL, take_other_model),
            placeholder="one of the zoo",
        )
        present = set(available_models())
        if absent := [label_of(name) for name in TRAINED if name not in present]:
            st.caption(f"Not trained in this copy: {', '.join(absent)}.")

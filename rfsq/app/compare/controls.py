"""The controls of the Compare page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.compare import own_model
from rfsq.app.compare.choice import Choice
from rfsq.app.compare.files import has_files, is_measuring
from rfsq.app.compare.session import (
    DEPTH,
    DEVICE,
    EQUAL_KEY,
    FAMILY,
    LEVELS,
    MODE,
    MODELS,
    PRESET,
    REFERENCE,
    SIZE,
    enter_preset,
    session,
    strategy_key,
    take_strategy,
)
from rfsq.app.compare.settings import EQUAL, EVERY, FAMILIES, MAX_SHOWN, PRESETS, Settings
from rfsq.app.compare.stack_controls import own_controls, stack_controls
from rfsq.app.compare.view import View
from rfsq.app.shared.conditioning_help import CONDITIONING_HELP
from rfsq.app.shared.working_photo import SIZES
from rfsq.machine.devices import DEVICE_NAMES, DeviceName, available_devices, describe_device, pick_device
from rfsq.quantizers.conditioning import described
from rfsq.style.palette import label_of
from rfsq.style.wording import listed

EQUAL_HELP = (
    "Equal bits: as many stages as the slider says, before entropy coding. Equal bytes: of every method the stage count whose "
    "real .rfsq file is nearest to that of the method chosen here; the slider then counts the stages of that one."
)
UNEQUAL = ("quantizers", "stages", "own")  # presets whose models may differ in bits
NO_FILES = "Needs two methods with files: of photos up to 1.5 megapixels, not unquantized and not your own models."
MODES = {"network": "same network", "trained": "trained together", "own": "own choice"}
MODE_HELP = (
    "Same network: one network that was trained without rounding, and stacks fitted to its latents, so nothing differs but "
    "the stack. Trained together: each stack has a network of its own that grew around its weakness, which hides much of "
    "it: without conditioning the encoder learns to make its latents larger."
)
EXPLAIN = {  # what is no strategy of its own; those explain themselves
    EVERY: "What happens to the remainder before it is rounded: nothing, a learned factor, or mean and spread set to 0 and 1.",
    "grouped": "grouped: geometric, with ten numbers per block; two groups of five take turns.",
}


def controls(settings: Settings, choice: Choice, available: Sequence[str]) -> DeltaGenerator:
    """Draw the controls, which stand as `settings` say; returns the place for the server's times."""
    strategy, replaced = strategy_key(settings.preset), session().replaced
    with (
        replaced.marked("row", strategy, LEVELS, DEPTH, MODELS),
        st.container(key="controls", horizontal=True, vertical_alignment="bottom"),
    ):
        if choice.strategies:
            st.segmented_control(
                "Conditioning",
                choice.strategies,
                format_func=lambda name: _every(settings) if name == EVERY else name,
                key=strategy,
                persist_state="session",
                required=True,
                on_change=replaced.heard(strategy, take_strategy),
                help=CONDITIONING_HELP,
            )
        if settings.preset == "network":
            stack_controls(settings, available)
            own_controls(settings)
        if settings.preset == "own":
            st.multiselect(
                "Models, up to four",
                available,
                format_func=label_of,
                key=MODELS,
                persist_state="session",
                max_selections=MAX_SHOWN,
                width=620,
            )
        with st.popover("More", key="more"):
            times = _rare_choices(settings)
    return times


def mode_switch() -> None:
    """Draw the switch of the whole page: one network for all stacks, or networks that were trained with them."""
    replaced = session().replaced
    with replaced.marked("mode", MODE):
        st.segmented_control(
            "Networks",
            list(MODES),
            format_func=MODES.__getitem__,
            key=MODE,
            persist_state="session",
            required=True,
            on_change=replaced.heard(MODE, enter_preset),
            help=MODE_HELP,
            label_visibility="collapsed",
        )


def preset_choice() -> None:
    """Draw what to compare of the networks that were trained with their stacks; nothing in the other modes."""
    if st.session_state[MODE] == "trained":
        st.selectbox(
            "Compare",
            [name for name in PRESETS if name not in ("network", "own")],
            format_func=PRESETS.__getitem__,
            key=PRESET,
            persist_state="session",
            filter_mode=None,
            on_change=enter_preset,
            label_visibility="collapsed",
        )


def equal_switch(view: View) -> None:
    """Draw the switch between equal stages and nearly equal bytes, and whose bytes."""
    settings, shown = view.settings, view.choice.shown
    with_files = [name for name in shown if has_files(view.working, name)]
    able = len(with_files) > 1 and not view.choice.spread
    with st.container(key="equal-box", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "What the pictures have in common",
            list(EQUAL),
            format_func=lambda key: EQUAL[key] if key == "bytes" or settings.preset not in UNEQUAL else "all stages",
            key=EQUAL_KEY,
            persist_state="session",
            required=True,
            disabled=not able,
            help=EQUAL_HELP if able else NO_FILES,
            label_visibility="collapsed",
        )
        if able and settings.equal == "bytes":
            st.segmented_control(
                "Whose bytes",
                list(range(1, len(shown) + 1)),
                format_func=lambda number: f"of {view.short_label(shown[number - 1])}",
                key=REFERENCE,
                persist_state="session",
                required=True,
                label_visibility="collapsed",
            )
            if is_measuring(settings, view.choice, view.working):
                st.caption("Measuring the files.")


def explained(strategy: str) -> str:
    """What a strategy does, as a sentence that begins with its name."""
    return EXPLAIN.get(strategy) or described(strategy)


def _every(settings: Settings) -> str:
    return ("all four", "three", "two")[len(settings.own)] if settings.preset == "network" else "all three"


def device_name(name: str) -> DeviceName:
    """The name as one of those that `pick_device` knows."""
    return next(known for known in DEVICE_NAMES if known == name)


def _rare_choices(settings: Settings) -> DeltaGenerator:
    """What is chosen rarely, and a place for the server's times, which are known at the end of a run."""
    st.segmented_control(
        "Size family",
        list(FAMILIES),
        format_func=FAMILIES.__getitem__,
        key=FAMILY,
        persist_state="session",
        required=True,
        disabled=settings.preset in ("ours", "own", "network"),
        help="RFSQ models: how many stages, and how many codes each chooses from.",
    )
    st.segmented_control(
        "Working size",
        list(SIZES),
        format_func=SIZES.__getitem__,
        key=SIZE,
        persist_state="session",
        required=True,
        help="Longer side of the copy that the models see. They were trained on small pictures.",
    )
    own_model.uploader()
    present = [name for name in DEVICE_NAMES if name == "auto" or name in available_devices()]
    st.segmented_control(
        "Device", present, format_func=_device_label, key=DEVICE, persist_state="session", required=True
    )
    absent = [_device_label(name) for name in DEVICE_NAMES if name not in present]
    note = f" Not here: {listed(absent)}." if absent else ""
    st.caption(f"Computing on: {describe_device(pick_device(device_name(settings.device)))}.{note}")
    return st.empty()


def _device_label(name: str) -> str:
    return name if name == "auto" else name.upper()

"""The controls of a stack around one network: levels, stages, base, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from rfsq.app.compare.session import (
    BASE,
    DEPTH,
    LEVELS,
    NETWORK,
    OWN,
    SINGLE,
    choose_stack,
    session,
    take_depth,
    take_levels,
)
from rfsq.app.compare.settings import BASES, MAX_OWN, Settings
from rfsq.app.compare.stacks import bits_of, equal_bits, nearest_bits, networks
from rfsq.app.shared.own_models import stage_count
from rfsq.app.shared.own_quantizers import known_fit, own_by_key, own_keys, own_quantizers
from rfsq.model.rate import bits_per_token
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES
from rfsq.style.palette import label_of
from rfsq.style.wording import format_bits


def stack_controls(settings: Settings, available: Collection[str]) -> None:
    """Draw them. What is chosen rarely stands behind a button."""
    heard = session().replaced.heard
    st.select_slider(
        "Levels",
        OFFERED_LEVELS,
        key=LEVELS,
        persist_state="session",
        on_change=heard(LEVELS, take_levels),
        disabled=settings.base == "lfq",
        help="Values that each channel can take in one stage. LFQ has two.",
        width=150,
    )
    st.slider(
        "Stages of the stack",
        1,
        OFFERED_STAGES,
        key=DEPTH,
        persist_state="session",
        on_change=heard(DEPTH, take_depth),
        width=150,
    )
    with st.popover(_price(settings), key="stack_more"):
        choices = equal_bits(settings)
        if len(choices) > 1 and settings.base == "fsq":
            st.caption("The same bits in other ways")
            with st.container(horizontal=True, key="same_bits"):
                for levels, stages in choices:
                    st.button(
                        f"{stages} × {levels} levels",
                        key=f"same-bits-{levels}-{stages}",
                        disabled=(levels, stages) == (settings.levels, settings.depth),
                        on_click=_trade,
                        args=(levels, stages),
                    )
        st.toggle(
            "Also one FSQ of the same bits",
            key=SINGLE,
            persist_state="session",
            disabled=settings.base != "fsq" or settings.depth == 1,
            help="All levels in a single rounding, with its best gain.",
        )
        st.segmented_control(
            "Base quantizer",
            list(BASES),
            format_func=BASES.__getitem__,
            key=BASE,
            persist_state="session",
            required=True,
            help="VQ has as many codes a stage as FSQ with these levels, and k-means finds them, which takes seconds.",
        )
        st.selectbox(
            "Network", networks(available), format_func=label_of, key=NETWORK, persist_state="session", filter_mode=None
        )


def own_controls(settings: Settings) -> None:
    """Draw the choice among the quantizers that the app was started with, and what brings ours to their bits."""
    if not own_keys():
        return
    st.multiselect(
        f"Own quantizers, up to {MAX_OWN}",
        own_keys(),
        key=OWN,
        persist_state="session",
        max_selections=MAX_OWN,
        placeholder="none",
        help="Named on the command line that started this app, and fitted to the same network: "
        + ", ".join(f"`{one.key}` is `{one.reference.text}`" for one in own_quantizers())
        + ".",
        width=420,
    )
    for key in settings.own:
        name = own_by_key(key).name_on(settings.network)
        fitted = known_fit(name)
        if fitted is None:
            continue
        bits, mine = bits_per_token(fitted.codebook_sizes), bits_of(settings)
        levels, stages = nearest_bits(settings, bits, stage_count(name))
        found = bits_of(replace(settings, levels=levels, depth=stages))
        if math.isclose(bits, mine) or (levels, stages) == (settings.levels, settings.depth):
            continue
        st.button(
            f"Ours {'at' if math.isclose(bits, found) else 'nearest to'} {format_bits(bits)}",
            key=f"own-bits-{key}",
            on_click=_trade,
            args=(levels, stages),
            help=f"{label_of(name)} has {format_bits(bits)} per token, ours {format_bits(mine)}. The nearest that "
            f"{BASES[settings.base]} can have here: {'1 stage' if stages == 1 else f'{stages} stages'} of {levels} levels.",
        )


def _trade(levels: int, stages: int) -> None:
    choose_stack(levels, stages)
    take_depth()


def _price(settings: Settings) -> str:
    """ "20 bits/token in all": of all stages, side information apart."""
    bits = bits_of(settings)  # also of a stack that no index could hold
    return f"{format_bits(bits)}/token in all"

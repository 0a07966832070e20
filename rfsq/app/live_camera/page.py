"""The page "Live camera": what a camera sees and what few bits keep of it, side by side, while it moves."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rfsq.app.compare.session import open_compare, open_stacks
from rfsq.app.live_camera.offered import NETWORK, Mode, offer
from rfsq.app.live_camera.part import show_live
from rfsq.app.live_camera.ready import ready_models
from rfsq.app.live_camera.session import DEPTH, LEVELS, LiveSession, modes_here, session, take_stack
from rfsq.app.live_camera.settings import LiveSettings, write_live_link
from rfsq.app.live_camera.stream import CPU_FRAMES_PER_S, GPU_FRAMES_PER_S, PLACES
from rfsq.app.look import page_head
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.photo_strip import chosen_photo
from rfsq.app.shared.talk_view import talking
from rfsq.app.shared.working_photo import OWN_PHOTO
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES, StackSpec

TITLE: Final = "What do so few bits keep of a moving picture?"
TRY: Final = "Press none, then layernorm. Show fewer stages. Then wave a hand."
HOW: Final = (
    "A frame leaves the browser as JPEG, goes through encoder, quantizer and decoder on the machine that runs this app, and "
    "comes back as JPEG; PSNR is measured there, between what arrived and what was decoded. The next frame leaves when the "
    "answer is here: what the camera shows meanwhile is dropped, never queued. Pictures become smaller where fewer than "
    f"{CPU_FRAMES_PER_S} frames a second would come ({GPU_FRAMES_PER_S} where the server has a GPU), and a smaller picture has "
    "another PSNR. The delay is that from the camera to the reconstruction, as far as the browser knows it. Nothing is stored; a "
    "frozen frame that you open in Compare becomes the photo of your session. "
    f"At most {PLACES} pictures move at once on this server."
)
HOW_BARS: Final = (
    "A bar is what is left of the latents after a stage (RMS), as a share of what entered the first one; the mark is at 100 %, "
    "beyond which a stage leaves more than came in. It says how much is left to code, not how good the picture looks. Hollow bars are stages that the picture does without. “Side” is side information: what "
    "the decoder needs besides the tokens."
)


def live_camera_page() -> None:
    """Draw the page."""
    page_head(TITLE, TRY)
    modes = modes_here()
    if not modes:
        st.info("This page needs a trained model, and none is on this machine. `python -m rfsq models` lists them.")
        return
    memory = session(modes)
    if memory.leaving:
        memory.leaving = False
        _open_compare(memory.settings)
    settings, photo = memory.settings, chosen_photo()
    link_notice(memory.notes if settings == memory.opened else ())
    ready_models().prepare(_names(modes, settings))
    with st.container(key="live-box"):
        show_live(memory, modes, photo)
    if memory.problem:
        st.error(memory.problem)
    with st.container(key="live-below", horizontal=True, vertical_alignment="bottom"):
        if not talking():
            _stack_controls(memory)
        copy_link(
            write_live_link(settings, photo.name),
            own_photo=photo.name == OWN_PHOTO,
            untouched=settings == LiveSettings(),
        )
    if not talking():
        st.caption(HOW_BARS)
        st.caption(HOW)


def _names(modes: tuple[Mode, ...], settings: LiveSettings) -> list[str]:
    """All models that a press can ask for, what is shown now first."""
    offers = {mode: offer(mode, settings.levels, settings.depth).names for mode in modes}
    shown = offers[settings.mode]
    return [
        shown[settings.conditioning],
        *shown.values(),
        *(name for names in offers.values() for name in names.values()),
    ]


def _stack_controls(memory: LiveSession) -> None:
    if memory.settings.mode != "network":
        return
    heard = memory.replaced.heard
    with memory.replaced.marked("stack", LEVELS, DEPTH):
        st.select_slider(
            "Levels",
            OFFERED_LEVELS,
            key=LEVELS,
            on_change=heard(LEVELS, take_stack),
            help="Values that each channel can take in one stage, of the stacks around the same network.",
            width=200,
        )
        st.slider("Stages of the stack", 1, OFFERED_STAGES, key=DEPTH, on_change=heard(DEPTH, take_stack), width=200)


def _open_compare(settings: LiveSettings) -> None:
    if settings.mode == "network":
        open_stacks(NETWORK, StackSpec("fsq", (settings.levels,), 0, settings.depth, settings.conditioning))
    names = offer("trained", settings.levels, settings.depth).names
    open_compare(list(dict.fromkeys((names["none"], names[settings.conditioning]))), settings.stages)

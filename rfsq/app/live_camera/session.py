"""What the page "Live camera" remembers of a session. The browser moves most of it, and reports when a hand rests."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

from rfsq.app.compare.stacks import networks
from rfsq.app.live_camera.offered import FAMILY, NETWORK, Mode, offer
from rfsq.app.live_camera.settings import LiveSettings, read_live_link, with_report
from rfsq.app.shared.browser.envelope import report
from rfsq.app.shared.carried import carried_conditioning, carried_stack, carry_conditioning, carry_stack, open_photo
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.photo_strip import bring_photo, photo_names
from rfsq.app.shared.replaced import Replaced
from rfsq.model.checkpoint import available_models

LEVELS, DEPTH, LIVE = "live-levels", "live-depth", "live"  # keys of the controls, and of what the browser draws
_SESSION = "live-camera"


@dataclass
class LiveSession:
    """The settings, and what the browser was told."""

    settings: LiveSettings
    told: LiveSettings  # the last that Python asked for
    opened: LiveSettings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]  # a sentence for each value of the link that was replaced
    command: int  # number of the last message that told the browser what is chosen: grows across sessions
    problem: str = ""  # why a frame could not become the photo
    leaving: bool = False  # for Compare, with a frame as the photo
    replaced: Replaced = field(
        default_factory=lambda: Replaced("live")
    )  # the controls, as what the browser chose sets them

    def tell(self, settings: LiveSettings) -> None:
        """Other settings, which the browser shall take over."""
        if settings != self.settings:
            self.settings = self.told = settings
            self.command = max(_now(), self.command + 1)


def modes_here() -> tuple[Mode, ...]:
    """The modes whose models are on this machine."""
    available = available_models()
    found: list[Mode] = []
    if NETWORK in networks(available):
        found.append("network")
    if f"rfsq-{FAMILY}-none" in available:
        found.append("trained")
    return tuple(found)


def session(modes: tuple[Mode, ...]) -> LiveSession:
    """This session's memory; at its start from the page's address. `modes`: of `modes_here`, at least one."""
    state = st.session_state
    if _SESSION not in state:
        settings, photo, notes = read_live_link(link_values(), photos=photo_names(), modes=modes)
        state[_SESSION] = LiveSession(settings, settings, settings, notes, _now())
        open_photo(photo)
        if "conditioning" in st.query_params:
            carry_conditioning(settings.conditioning, _SESSION)
        if settings.mode == "network" and {"levels", "depth"} & {*st.query_params}:
            carry_stack(settings.levels, settings.depth, _SESSION)
    memory: LiveSession = state[_SESSION]
    _follow(memory, modes)
    memory.replaced.put(LEVELS, memory.settings.levels)
    memory.replaced.put(DEPTH, memory.settings.depth)
    return memory


def take_stack() -> None:
    """Levels or stages of the stack were chosen; runs before the page is drawn again."""
    state = st.session_state
    memory: LiveSession = state[_SESSION]
    levels, depth = state[LEVELS], state[DEPTH]
    stages = depth if depth != memory.settings.depth else memory.settings.stages
    memory.tell(replace(memory.settings, levels=levels, depth=depth, stages=stages))
    carry_stack(levels, depth, _SESSION)


def take_report() -> None:
    """The browser says what was chosen there; runs before the page is drawn again."""
    if (said := report(LIVE)) is not None:
        _take_choice(said)


def take_frame() -> None:
    """A frame that was held is to be the photo, in Compare; runs before the page is drawn again."""
    memory: LiveSession = st.session_state[_SESSION]
    said = report(LIVE, "taken")
    picture = said.get("picture") if said is not None else None
    if said is None or not isinstance(picture, str):
        return
    _take_choice(said)
    try:
        bring_photo(io.BytesIO(base64.b64decode(picture, validate=True)), "Your frame")
    except ValueError as error:  # of base64, and of a file that is no picture
        memory.problem = f"The frame could not be taken. {error}"
        return
    memory.problem, memory.leaving = "", True


def _take_choice(said: Mapping[str, object]) -> None:
    """What the browser chose, unless Python has asked for something since."""
    memory: LiveSession = st.session_state[_SESSION]
    if said.get("command") != memory.command:
        return
    found = with_report(memory.settings, said, modes_here())
    if found.conditioning != memory.settings.conditioning:
        carry_conditioning(found.conditioning, _SESSION)
    memory.settings = found


def _follow(memory: LiveSession, modes: tuple[Mode, ...]) -> None:
    """Take over what was chosen on other pages, and leave a mode whose models are gone."""
    settings = memory.settings
    if settings.mode not in modes:
        settings = replace(settings, mode=modes[0])
    if settings.mode == "network" and (stack := carried_stack(_SESSION)) is not None:
        settings = replace(settings, levels=stack[0], depth=stack[1], stages=stack[1])
    offered = offer(settings.mode, settings.levels, settings.depth)
    if (carried := carried_conditioning(_SESSION, offered.names)) is not None:
        settings = replace(settings, conditioning=carried)
    if settings.conditioning not in offered.names:
        settings = replace(settings, conditioning=LiveSettings().conditioning)
    memory.tell(replace(settings, stages=min(settings.stages, offered.stages)))


def _now() -> int:
    return time.time_ns() // 1_000_000

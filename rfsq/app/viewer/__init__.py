"""The Compare page's picture viewer: all pictures in one component, so that zoom, stage and keys are shared.

The browser fetches the pictures of every stage, each once, and scrubs through them by itself; Python hears of the stage, the view
and the chosen picture when it stops moving. Python may also set them: a changed argument is sent as a command with a
number, and a report older than the last command is ignored, so that neither side overwrites the other.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report, session_name
from rfsq.app.shared.talk_view import talking
from rfsq.app.viewer.payload import Frame, Method, build_payload, check, fits_live
from rfsq.app.viewer.place import Place

__all__ = ["VIEWS", "Frame", "Method", "Place", "ViewerState", "fits_live", "show_viewer", "viewer_state"]

UNTOUCHED = Place()
VIEWS = ("grid", "divider", "flip", "error")

_mount = component(
    "rfsq_viewer", "viewer/viewer.js", "shared/browser/part.css", "viewer/viewer.css", "viewer/divider.css"
)


@dataclass(frozen=True)
class ViewerState:
    """What the person at the viewer settled on."""

    stage: int  # 1…S
    view: str  # one of VIEWS
    focus: str  # a method's name, "original" or "all"


@dataclass(frozen=True)
class _Memory:
    """What Python last asked for and what it knows, kept per session between runs."""

    command: int  # milliseconds of the last command: grows across sessions, so a new session outranks an old page
    commanded: ViewerState
    asked_stage: int  # the arguments of the last call: only a change of them is a command
    asked_view: str
    known: ViewerState


def viewer_state(key: str = "viewer") -> ViewerState | None:
    """The last known state of the viewer, before it is drawn in this run; None before its first run."""
    memory: _Memory | None = st.session_state.get(_memory_key(key))
    if memory is None:
        return None
    return _reported(report(key), memory) or memory.known


def show_viewer(
    original: np.ndarray,
    methods: Sequence[Method],
    *,
    stage: int,
    view: str = "grid",
    pair: tuple[str, str] | None = None,
    place: Place = UNTOUCHED,
    linked: Sequence[str] = (),
    notice: str | None = None,
    error_note: str | None = None,
    image_key: str,
    key: str = "viewer",
    height: int | None = None,
    stage_key: str = "",
    staged: bool = True,
    stages_of: str = "",
    film_note: str = "",
    on_change: Callable[[], None] | None = None,
) -> ViewerState:
    """Draw the viewer and return what the person settled on.

    original: (H, W, 3) uint8. methods: one to four, all pictures of the original's size. `stage` (1…) and `view` set
    the viewer when they differ from the last call's; otherwise the person's choice stands, so passing back the
    returned values is safe. `pair`: the pictures that flip and divider open with, "original" or methods' names; the
    original and the last method when None. `place`: where a viewer that is new to the browser begins. `linked`: names of
    the methods that the page's link may name; the browser then adds the place to it. `notice` stands on the picture row and in saved
    pictures.
    `error_note` says why frames without an error map will not get one; without it they are being computed.
    Without `staged` nothing is said of stages, and there is no filmstrip: for pictures that are no stages of a model.
    `stages_of` names the method whose stages the slider counts, where the frames are not those of equal stages: there is no
    filmstrip then. `film_note` stands below the filmstrip.
    Zoom and position reset when `image_key` changes. `height`: most CSS pixels the pictures may take; what the window
    has left when None. `stage_key`: key of the container around the viewer that full screen shows, the viewer alone
    when empty.
    `on_change` runs before the next run, when `viewer_state(key)` already has the new values.
    Raises ValueError for an unknown view, a stage below 1 and pictures the viewer cannot show.
    """
    check(original, methods)
    if view not in VIEWS:
        raise ValueError(f"view must be one of {VIEWS}, got {view!r}")
    if stage < 1:
        raise ValueError(f"stage must be 1 or more, got {stage}")
    stages = max(len(method.frames) for method in methods)
    memory = _updated(st.session_state.get(_memory_key(key)), report(key), min(stage, stages), view)
    focus = memory.known.focus if memory.known.focus in {"all", "original", *(m.name for m in methods)} else "all"
    known = ViewerState(min(memory.known.stage, stages), memory.known.view, focus)
    st.session_state[_memory_key(key)] = replace(memory, known=known)
    payload = build_payload(
        original,
        methods,
        stage=min(memory.commanded.stage, stages),
        current=known.stage,
        settings={
            "key": key,
            "command": memory.command,
            "session": session_name(),
            "view": memory.commanded.view,
            "pair": pair or ("original", methods[-1].name),
            "place": asdict(place),
            "linked": list(linked),
            "notice": notice or "",
            "errorNote": error_note or "",
            "imageKey": image_key,
            "maxHeight": height or 0,
            "stageKey": stage_key,
            "staged": staged,
            "stagesOf": stages_of,
            "filmNote": film_note,
            "talk": talking(),
        },
    )
    st.session_state[f"{key}--rfsq-files"] = payload.files  # held, so that the browser can fetch them at any time
    _mount(key=key, data=payload.message, on_report_change=on_change or _do_nothing)
    return known


def _do_nothing() -> None:
    """Streamlit reports a state value only when a callback is named for it."""


def _memory_key(key: str) -> str:
    return f"{key}--rfsq-viewer"


def _updated(memory: _Memory | None, said: Mapping[str, Any] | None, stage: int, view: str) -> _Memory:
    """The memory after this call's arguments and the browser's last report."""
    now = time.time_ns() // 1_000_000
    if memory is None:
        asked = ViewerState(stage, view, "all")
        return _Memory(now, asked, stage, view, asked)
    known = _reported(said, memory) or memory.known
    command, commanded = memory.command, memory.commanded
    wanted = replace(
        known,
        stage=stage if stage != memory.asked_stage else known.stage,
        view=view if view != memory.asked_view else known.view,
    )
    if wanted != known:
        command, commanded, known = max(now, command + 1), wanted, wanted
    return _Memory(command, commanded, stage, view, known)


def _reported(said: Mapping[str, Any] | None, memory: _Memory) -> ViewerState | None:
    """The browser's report, unless it is absent, malformed (it comes from outside) or older than our command."""
    if said is None:
        return None
    stage, view, focus, answers = (said.get(field) for field in ("stage", "view", "focus", "command"))
    if type(stage) is not int or type(answers) is not int or not isinstance(focus, str) or view not in VIEWS:
        return None
    if stage < 1 or answers < memory.command:
        return None
    return ViewerState(stage, view, focus)

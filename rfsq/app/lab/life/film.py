"""The film of all lives: points, codes and curves over the steps, played and stepped through in the browser alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from rfsq.app.lab.life.settings import VIEWS, LifeView
from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import pack, report, session_name
from rfsq.app.shared.talk_view import talking
from rfsq.figures.life_planes import View, parts_of, window_of
from rfsq.style.palette import style_of
from rfsq.teaching.lab.life import METHODS, STEPS, Life
from rfsq.teaching.lab.life.training import EVERY

_KEY = "life-film"

_mount = component("rfsq_lab_life", "lab/life/film.js", "shared/browser/part.css", "lab/life/film.css")


@dataclass(frozen=True)
class FilmState:
    """Where the person at the film stands."""

    at: int  # step
    view: View


def film_report(command: int) -> FilmState | None:
    """What the browser last said, checked: it comes from outside. None if nothing, or older than our last command."""
    said = report(_KEY)
    if said is None or said.get("command") != command:
        return None
    at, view = said.get("at"), said.get("view")
    if type(at) is not int or not 0 <= at <= STEPS or view not in VIEWS:
        return None
    return FilmState(at // EVERY * EVERY, view)


def with_report(settings: LifeView, state: FilmState) -> LifeView:
    """The settings with what the person chose at the film."""
    return replace(settings, at=state.at, view=state.view)


def show_film(
    lives: Mapping[str, Life],
    settings: LifeView,
    *,
    floor: float,
    command: int,
    known: LifeView | None,
    on_change: Callable[[], None],
) -> None:
    """Draw the film. The browser takes step and view from `settings` when `command` is new, but what was chosen there since
    they were `known`."""
    session, talk = session_name(), talking()
    data = film_payload(lives, settings, floor=floor, command=command, known=known, session=session, talk=talk)
    _mount(key=_KEY, data=data, on_report_change=on_change)


def film_payload(
    lives: Mapping[str, Life],
    settings: LifeView,
    *,
    floor: float,
    command: int,
    known: LifeView | None = None,
    session: str = "",
    talk: bool = False,
) -> bytes:
    """The message for the browser (see shared/browser/envelope.py). Equal input gives equal bytes.

    Its body: the samples (N, 2), then for each method usage, perplexity and error (S, F) float32, and of the seed that is
    drawn latents (F, N, 2), indices (F, N) uint8, codes and decoded codes (F, K, 2) and which are used (F, K) uint8.
    Points are uint16 from one end of their span to the other.
    """
    any_life = next(iter(lives.values()))
    number = settings.drawn - 1
    planes = {view: parts_of(lives, number, view) for view in VIEWS}
    spans = {view: float(max(np.abs(points).max() for points in parts)) or 1.0 for view, parts in planes.items()}
    body = [_packed(any_life.samples, spans["data"])]
    for life in lives.values():
        body += [curve.astype("<f4").tobytes() for curve in (life.usage, life.perplexity, life.error)]
        body += [
            _packed(life.latents[number], spans["latents"]),
            life.indices[number].astype(np.uint8).tobytes(),
            _packed(life.marks[number], spans["latents"]),
            _packed(life.decoded[number], spans["data"]),
            life.used[number].astype(np.uint8).tobytes(),
        ]
    header = {
        "command": command,
        "session": session,
        "talk": talk,
        "codes": any_life.codes,
        "steps": any_life.steps.tolist(),
        "seeds": len(any_life.usage),
        "drawn": number,
        "measured": any_life.measured,
        "count": len(any_life.samples),
        "floor": floor,
        "spans": spans,
        "windows": {view: asdict(window_of(parts)) for view, parts in planes.items()},
        "methods": [_look(name) for name in lives],
        "state": _state(settings),
        "known": None if known is None else _state(known),
    }
    return pack("LIFE", header, *body)


def _state(settings: LifeView) -> dict[str, Any]:
    return {"at": settings.at, "view": settings.view}


def _look(name: str) -> dict[str, Any]:
    method = METHODS[name]
    style = style_of(method.family)
    look = {"name": name, "label": method.label, "glyph": style.glyph}
    return look | {"light": style.light, "dark": style.dark, "dash": style.dash}


def _packed(points: np.ndarray, span: float) -> bytes:
    """Coordinates from −span to span as uint16."""
    return np.round((points.astype(np.float64) / span + 1) * (65535 / 2)).astype("<u2").tobytes()

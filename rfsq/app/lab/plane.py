"""The Lab's plane: one stage after the other over the same ruler, played and stepped through in the browser alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rfsq.app.lab.settings import PHASES, LabSettings
from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import pack, report, session_name
from rfsq.figures.cloud import magnification
from rfsq.figures.plane import REACH
from rfsq.style.palette import short_label_of, style_of
from rfsq.teaching.lab import LabRun

_KEY = "lab-plane"
_GOOD_PROBE = (1.25, 0.75)  # a sample near here is seen well in every source, and is far from any level

_mount = component("rfsq_lab_plane", "lab/plane.js", "shared/browser/part.css", "lab/plane.css")


@dataclass(frozen=True)
class PlaneState:
    """Where the person at the plane stands."""

    stage: int
    phase: str
    magnify: bool
    probe: int


def plane_report(command: int) -> PlaneState | None:
    """What the browser last said, checked: it comes from outside. None if nothing, or older than our last command."""
    said = report(_KEY)
    if said is None or said.get("command") != command:
        return None
    stage, phase, magnify, probe = (said.get(field) for field in ("stage", "phase", "magnify", "probe"))
    if type(stage) is not int or type(probe) is not int or phase not in PHASES or type(magnify) is not bool:
        return None
    return PlaneState(max(1, stage), str(phase), magnify, max(-1, probe))


def with_report(settings: LabSettings, state: PlaneState) -> LabSettings:
    """The settings with what the person chose in the plane, as far as the stack goes."""
    return replace(
        settings, stage=min(state.stage, settings.stages), phase=state.phase, magnify=state.magnify, probe=state.probe
    )


def show_plane(
    run: LabRun,
    method: str,
    settings: LabSettings,
    *,
    source_key: str,
    command: int,
    known: LabSettings | None,
    on_change: Callable[[], None],
) -> None:
    """Draw the plane. The browser takes stage, phase, magnifier and probe from `settings` when `command` is new, but what was
    chosen there since they were `known`."""
    data = plane_payload(
        *(run, method, settings), source_key=source_key, command=command, known=known, session=session_name()
    )
    _mount(key=_KEY, data=data, on_report_change=on_change)


def plane_payload(
    run: LabRun,
    method: str,
    settings: LabSettings,
    *,
    source_key: str,
    command: int,
    known: LabSettings | None = None,
    session: str = "",
) -> bytes:
    """The message for the browser (see shared/browser/envelope.py). Its body are the first residuals (N, 2) float32 and
    the indices of every stage (S, N) uint8: all else follows from the codes. Equal input gives equal bytes."""
    style = style_of(method)
    first = run.stages[0].residual
    probe = settings.probe if 0 <= settings.probe < len(first) else _first_probe(first)
    header = {
        "command": command,
        "session": session,
        "source": source_key,
        "count": len(first),
        "reach": REACH,
        "method": short_label_of(method),
        "light": style.light,
        "dark": style.dark,
        "bits": math.log2(run.codebook_size),
        "rms": run.rms,
        "domain": run.domain,
        "state": {
            "stage": min(settings.stage, len(run.stages)),
            "phase": settings.phase,
            "magnify": settings.magnify,
            "probe": probe,
        },
        "known": None if known is None else _known(known),
        "stages": [
            {
                "codes": np.round(stage.codes, 6).tolist(),
                "edges": None if stage.edges is None else [np.round(edge, 6).tolist() for edge in stage.edges],
                "entropy": stage.entropy_bits,
                "levels": stage.effective_levels,
                "gain": magnification(stage),
            }
            for stage in run.stages
        ],
        "levels": None if run.stages[0].edges is None else len(run.stages[0].edges[0]) + 1,
    }
    indices = np.stack([stage.indices for stage in run.stages]).astype(np.uint8)
    return pack("PLAN", header, first.astype("<f4").tobytes(), indices.tobytes())


def _known(settings: LabSettings) -> dict[str, Any]:
    """Where the person stood, as far as that was told: a probe that nobody chose is the browser's own."""
    known = {"stage": settings.stage, "phase": settings.phase, "magnify": settings.magnify}
    return known if settings.probe < 0 else known | {"probe": settings.probe}


def _first_probe(samples: np.ndarray) -> int:
    return int(np.abs(samples - np.array(_GOOD_PROBE)).sum(axis=1).argmin())

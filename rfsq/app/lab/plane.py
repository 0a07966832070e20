"""The Lab's plane: one stage after the other over the same ruler, played and stepped through in the browser alone."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import streamlit as st

from rfsq.app.lab.settings import PHASES, LabSettings
from rfsq.figures.lab import REACH, magnification
from rfsq.style.palette import short_label_of, style_of
from rfsq.teaching.lab import LabRun

MAGIC = b"RFSL"
_KEY = "lab-plane"
_GOOD_PROBE = (1.25, 0.75)  # a sample near here is seen well in every source, and is far from any level
_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "rfsq_lab_plane",
    css=(_HERE / "plane.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("draw.js", "plane.js")),
)


@dataclass(frozen=True)
class PlaneState:
    """Where the person at the plane stands."""

    stage: int
    phase: str
    magnify: bool
    probe: int


def plane_report(command: int) -> PlaneState | None:
    """What the browser last said, checked: it comes from outside. None if nothing, or older than our last command."""
    result = st.session_state.get(_KEY)
    report = result.get("report") if isinstance(result, Mapping) else None
    if not isinstance(report, Mapping) or report.get("command") != command:
        return None
    stage, phase, magnify, probe = (report.get(field) for field in ("stage", "phase", "magnify", "probe"))
    if type(stage) is not int or type(probe) is not int or phase not in PHASES or type(magnify) is not bool:
        return None
    return PlaneState(max(1, stage), str(phase), magnify, max(-1, probe))


def with_report(settings: LabSettings, state: PlaneState) -> LabSettings:
    """The settings with what the person chose in the plane, as far as the stack goes."""
    return replace(
        settings, stage=min(state.stage, settings.stages), phase=state.phase, magnify=state.magnify, probe=state.probe
    )


def show_plane(
    run: LabRun, method: str, settings: LabSettings, *, source_key: str, command: int, on_change: Callable[[], None]
) -> None:
    """Draw the plane. The browser takes stage, phase, magnifier and probe from `settings` when `command` is new."""
    _mount(
        key=_KEY,
        data=plane_payload(run, method, settings, source_key=source_key, command=command),
        on_report_change=on_change,
    )


def plane_payload(run: LabRun, method: str, settings: LabSettings, *, source_key: str, command: int) -> bytes:
    """b"RFSL", header length (uint32, little endian), header (JSON), the first residuals (N, 2) float32 and the indices
    of every stage (S, N) uint8: all else follows from the codes. Equal input gives equal bytes."""
    style = style_of(method)
    first = run.stages[0].residual
    probe = settings.probe if 0 <= settings.probe < len(first) else _first_probe(first)
    header = {
        "command": command,
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
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 4)  # the floats behind it begin at a multiple of 4
    indices = np.stack([stage.indices for stage in run.stages]).astype(np.uint8)
    return b"".join([MAGIC, struct.pack("<I", len(head)), head, first.astype("<f4").tobytes(), indices.tobytes()])


def _first_probe(samples: np.ndarray) -> int:
    return int(np.abs(samples - np.array(_GOOD_PROBE)).sum(axis=1).argmin())

"""The charts of the Lab: what every strategy leaves after each stage, and what its bits buy."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.lab.runs import Strategy, bound_of
from rfsq.app.lab.settings import LabSettings
from rfsq.app.shared.chart import draw_chart
from rfsq.figures import DistortionCurve, ResidualCurve, distortion_rate, residual_norms
from rfsq.figures.parts import counted
from rfsq.style.palette import Theme, short_label_of
from rfsq.style.wording import format_bits, format_share


def show_charts(
    settings: LabSettings, found: dict[str, Strategy], chosen: Strategy, ghost: Strategy | None, theme: Theme
) -> dict[str, go.Figure]:
    """Draw both charts and return them, by what they are called. found: all strategies by name; chosen: the one in the plane;
    ghost: the setting before, in grey."""
    curves = [ResidualCurve(name, strategy.run.rms) for name, strategy in found.items()]
    before = ResidualCurve(ghost.name, ghost.run.rms) if ghost and len(ghost.run.rms) > 1 else None
    title = None if settings.stage == 0 else _title(chosen, found.get("none"))
    left = residual_norms(curves, stage=settings.stage, whole="source", ghost=before, theme=theme, title=title)
    draw_chart(left, key="lab-rms", alt="RMS left after each stage, all strategies")
    lines = {name: _line(strategy, settings.entropy) for name, strategy in found.items()}
    bound = bound_of(settings.source, max(line.bits[-1] for line in lines.values()))
    bits = distortion_rate(
        list(lines.values()),
        chosen=chosen.name,
        stage=settings.stage,
        bound=bound,
        ghost=_line(ghost, settings.entropy) if ghost else None,
        entropy=settings.entropy,
        theme=theme,
    )
    draw_chart(bits, key="lab-bits", alt="Distortion against bits, all strategies")
    st.caption(_note(settings, chosen, bound is not None))
    return {"left over": left, "distortion against bits": bits}


def _title(chosen: Strategy, none: Strategy | None) -> str:
    """What all stages of the strategy in the plane leave, beside none; of none, how little its later half changes."""
    left, name = chosen.run.left, short_label_of(chosen.name)
    stages = len(left) - 1
    if none is not None and none.name != chosen.name:
        return f"{_leaving(stages, name, left[stages])}, of none {format_share(none.run.left[-1])}"
    half = (stages + 1) // 2
    words = _leaving(half, name, left[half])
    return words if half == stages else f"{words}, all {stages} leave {format_share(left[stages])}"


def _leaving(stages: int, name: str, share: float) -> str:
    return f"{counted(stages, 'stage')} of {name} {'leaves' if stages == 1 else 'leave'} {format_share(share)} of the source"


def _line(strategy: Strategy, entropy: bool) -> DistortionCurve:
    return DistortionCurve(strategy.name, strategy.run.bits(entropy=entropy), strategy.run.distortion)


def _note(settings: LabSettings, chosen: Strategy, bound: bool) -> str:
    notes = ["Factors and gains are fitted for the last stage, so an early stage may leave more than it could."]
    if not bound:
        notes.append("The rate–distortion function is known for Gaussian sources only, so there is no bound here.")
    if chosen.run.side_bits:
        notes.append(
            f"layernorm's statistics are counted: {format_bits(round(chosen.run.side_bits, 3))} per sample and stage."
        )
    if settings.entropy:
        notes.append("Entropies are of single stages; what stages have in common is not used.")
    if settings.base == "vq":
        notes.append("FSQ's strategies beside it have as many cells.")
    return " ".join(notes)

"""How a training run goes."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    counted,
    log_axis,
    log_range,
    margin_for,
    names_at_ends,
    padded,
    plain,
)
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import format_db

HELD_OUT = "held_out_psnr_db"
PANELS: Final = ("loss", "psnr", "rms")  # from top to bottom
_AXES: Final = {"loss": ("", "loss, log"), "psnr": ("2", "PSNR, dB"), "rms": ("3", "RMS left, log")}
_GAP: Final = 0.05  # of the plot's height, between two panels
_ROOM: Final = 0.25  # of the plot's width, that a name within it takes
_NEAR: Final = 0.9  # of the steps of the grey run: names beside the plot are near enough to lines that end later
_CLEAR: Final = 10  # px from the middle of such a name to lines of the other run


def training_curves(
    log: Mapping[str, Sequence[float]],
    *,
    ghost: Mapping[str, Sequence[float]] | None = None,
    ghost_name: str = "previous run",
    method: str = "",
    same_photo: bool = False,
    ghost_photo: str = "",
    photo: str = "this photo",
    ceiling: float | None = None,
    height: int = 680,
    panels: Collection[str] = PANELS,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """Loss (log), PSNR and residual RMS after each stage (log) over training steps, in three stacked panels.

    log: columns of equal length: "step" with "loss", "psnr_db", "held_out_psnr_db" (of a photo that the run does not learn
    from, dashed) and "rms_0" (before stage 1), "rms_1", ...; a panel without its columns stays empty. NaN marks steps where
    a value was not measured. `ghost` is another run in the same form, `ghost_name` by name, drawn thin and grey.
    `same_photo`: the PSNR of both is of one photo, so that the title may compare them; that of random crops, other ones in
    each step, it does not. `ghost_photo`: the photo of the ghost, which the title then names; `photo`: what the photo of
    the lines that have names is called, where the panel has several.
    ceiling: PSNR in dB that the photo of "psnr_db" has after a full training, a line of its own. panels: those of PANELS that
    are drawn.
    The lines of the run that goes further have their names beside the plot, those of the other one in it, where they end and as
    far as there is room; on a narrow page only the run's own have names.
    Raises ValueError without "step", when lengths differ and for a panel that there is not.
    """
    _check(log, ghost, panels)
    named = log if len(log["step"]) else ghost  # whose lines have names: the run's, or before it begins the grey ones
    several = ceiling is not None or HELD_OUT in (named or {})  # lines in the panel of PSNR, which then have names
    named_axes = ("y2", "y3") if several else ("y3",)
    ends: list[_End] = []
    grey, bold = {"color": THEMES[theme].ghost, "width": 1.5}, {"color": style_of(method).color(theme), "width": 2.5}
    traces: list[Part] = []
    for run, look in ((ghost or {}, grey), (log, bold)):
        for key in sorted(run, key=_trailing_number):
            axis, label = _axis_and_label(key, photo if several else "PSNR")
            points = _points(run, key, log=axis != "y2")
            if axis not in {f"y{_AXES[name][0]}" for name in panels} or not points:
                continue
            line = look | {"dash": "dash"} if key == HELD_OUT else look
            traces.append(_line(points, axis, line, label if run is log else f"{ghost_name}, {label}"))
            if axis in named_axes:
                step, end = points[-1]
                text = label if run is named else _before(key, label)
                ends.append(_End(text, axis, step, end if axis == "y2" else math.log10(end), line, run is named))
    layout = base_layout(theme, _training_title(log, ghost, ghost_name, same_photo, ghost_photo), height=height)
    _stack(layout, [name for name in PANELS if name in panels], traces)
    if several and "psnr" in panels:
        drawn = [y for trace in traces if trace["yaxis"] == "y2" for y in trace["y"]]
        layout["yaxis2"]["range"] = list(padded([*drawn, *([] if ceiling is None else [ceiling])]))
    if ceiling is not None and "psnr" in panels:
        line = {"color": THEMES[theme].muted, "width": 1.5, "dash": "longdash"}
        place = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": ceiling, "y1": ceiling}
        layout["shapes"] = [place | {"line": line}]
        ends.append(_End("fully trained", "y2", math.inf, ceiling, line, True))
    _name(ends, traces, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)


@dataclass(frozen=True)
class _End:
    """A name and where its line ends."""

    text: str
    axis: str
    step: float  # infinite: of a line over the whole width
    position: float  # in axis units, log10 on a log axis
    line: Part
    named: bool  # of the run whose names have to be read; else of the one in grey

    def name(self, *, sample: bool) -> EndName:
        return EndName(self.text, self.position, "", False, line=self.line if sample else None)


def _name(ends: Sequence[_End], traces: Sequence[Part], layout: Part, theme: Theme, *, narrow: bool) -> None:
    """Put the names into the layout: beside the plot with a sample of their line, or in it at the line's end."""
    if not ends:
        return
    beside, inside = _sorted_ends(ends, narrow=narrow)
    _make_room(inside, traces, layout)
    layout["annotations"] = []
    for axis in sorted({end.axis for end in ends}):
        unlike = axis == "y2" or not all(end.named for end in ends)  # dashes, or another run in grey
        names = [end.name(sample=unlike) for end in beside if end.axis == axis]
        layout["annotations"] += names_at_ends(names, layout, axis, theme)
        within = [end for end in inside if end.axis == axis and (end.named or _free(end, traces, layout))]
        words = names_at_ends([end.name(sample=False) for end in within], layout, axis, theme)
        layout["annotations"] += [
            word | {"xref": "x", "x": end.step, "xshift": 4, "bgcolor": THEMES[theme].page, "opacity": 0.85}
            for word, end in zip(words, within, strict=True)
        ]
    if beside:
        layout["margin"]["r"] = margin_for([end.name(sample=True) for end in beside])


def _sorted_ends(ends: Sequence[_End], *, narrow: bool) -> tuple[list[_End], list[_End]]:
    """Whose names stand beside the plot, and whose in it; the others have no name."""
    own, grey = ([end for end in ends if end.named is named] for named in (True, False))
    last, before = (max((end.step for end in some if end.step < math.inf), default=0.0) for some in (own, grey))
    if not grey or narrow:
        return own, []
    if last >= before:
        return own, grey if before <= (1 - _ROOM) * last else []
    if last > _NEAR * before:
        return own, []
    whole = [end for end in own if end.step == math.inf]
    return whole + grey, [end for end in own if end.step < math.inf]


def _make_room(inside: Sequence[_End], traces: Sequence[Part], layout: Part) -> None:
    """Let the axis of steps go on as far as the names within the plot do."""
    if inside:
        first, last = (pick(x for trace in traces for x in trace["x"]) for pick in (min, max))
        layout["xaxis"]["range"] = [first, max(last, max(end.step for end in inside) / (1 - _ROOM))]


def _free(end: _End, traces: Sequence[Part], layout: Part) -> bool:
    """Whether no line runs where the name would stand, right of the end of its own."""
    axis = layout["yaxis" + end.axis[1:]]
    drawn = [trace for trace in traces if trace["yaxis"] == end.axis]
    last = layout["xaxis"]["range"][1]
    near = [
        math.log10(y) if axis.get("type") == "log" else y
        for trace in drawn
        for x, y in zip(trace["x"], trace["y"], strict=True)
        if end.step < x <= end.step + _ROOM * last
    ]
    margin, (bottom, top) = layout["margin"], axis["domain"]
    pixels = (layout["height"] - margin["t"] - margin["b"]) * (top - bottom)
    low, high = axis["range"]
    return all(abs(y - end.position) * pixels / (high - low) > _CLEAR for y in near)


def _check(
    log: Mapping[str, Sequence[float]], ghost: Mapping[str, Sequence[float]] | None, panels: Collection[str]
) -> None:
    for run in (log, ghost or {"step": ()}):
        if "step" not in run:
            raise ValueError(f"the log needs a column 'step', got {sorted(run)}")
        for key, values in run.items():
            if len(values) != len(run["step"]):
                raise ValueError(f"column {key!r} has {len(values)} values, 'step' has {len(run['step'])}")
    if not panels or not set(panels) <= set(PANELS):
        raise ValueError(f"panels are some of {', '.join(PANELS)}, got {sorted(panels)}")


def _axis_and_label(key: str, photo: str) -> tuple[str, str]:
    """The axis that a column of a log is drawn on and what its line is called; two empty words for one that is not drawn.

    photo: what the line of "psnr_db" is called.
    """
    if key.startswith("rms_"):
        stage = _trailing_number(key)
        return "y3", f"after stage {stage}" if stage else "latent"
    return {"loss": ("y", "loss"), "psnr_db": ("y2", photo), HELD_OUT: ("y2", "held out")}.get(key, ("", ""))


def _before(key: str, label: str) -> str:
    """What a line of the run before is called beside those of the run."""
    return "before" if key == "psnr_db" else f"before, {label.removeprefix('after ')}"


def _points(run: Mapping[str, Sequence[float]], key: str, *, log: bool) -> list[tuple[float, float]]:
    """(step, value). Zeros and NaN have no place on a log axis: left out, not moved."""
    points = [(x, y) for x, y in zip(run["step"], run[key], strict=True) if math.isfinite(y)]
    return [(x, y) for x, y in points if y > 0] if log else points


def _line(points: Sequence[tuple[float, float]], axis: str, line: Part, name: str) -> Part:
    return {
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "yaxis": axis,
        "mode": "lines",
        "line": line,
        "name": name,
        "hovertemplate": "%{fullData.name}<br>step %{x}: %{y:.4g}<extra></extra>",
    }


def _stack(layout: Part, panels: Sequence[str], traces: Sequence[Part]) -> None:
    """An axis for each panel, the first on top, over one axis of steps; log axes hold what `traces` have there."""
    plain_axis = layout.pop("yaxis")
    tall = (1 - _GAP * (len(panels) - 1)) / len(panels)
    for place, panel in enumerate(panels):
        number, title = _AXES[panel]
        bottom = round((tall + _GAP) * (len(panels) - 1 - place), 9)
        axis = plain_axis | {"domain": [bottom, min(1.0, round(bottom + tall, 9))]}
        axis["title"] = axis["title"] | {"text": title}
        if panel != "psnr":
            drawn = [y for trace in traces if trace["yaxis"] == f"y{number}" for y in trace["y"]]
            axis |= log_axis(log_range(drawn), plain)
        layout[f"yaxis{number}"] = axis
    layout["xaxis"]["anchor"] = f"y{number}"
    layout["xaxis"]["title"]["text"] = "training step"


def _training_title(
    log: Mapping[str, Sequence[float]],
    ghost: Mapping[str, Sequence[float]] | None,
    ghost_name: str,
    same_photo: bool,
    ghost_photo: str,
) -> str:
    """How far the run is: the last PSNR and step, beside the previous run's where the two can be compared."""
    of_photo = f" on {ghost_photo}" if ghost_photo else ""
    psnr = [[v for v in (run or {}).get("psnr_db", ()) if math.isfinite(v)] for run in (log, ghost)]
    if not len(log["step"]):
        return (
            f"The {ghost_name} in grey ended at {format_db(psnr[1][-1])}{of_photo}"
            if ghost and psnr[1]
            else "No step recorded yet"
        )
    title = f"after {counted(int(log['step'][-1]), 'step')}"
    title = f"{format_db(psnr[0][-1])} {title}" if psnr[0] else title.capitalize()
    if ghost:
        compared = psnr[0] and psnr[1] and same_photo
        title += (
            f"; the {ghost_name} in grey ended at {format_db(psnr[1][-1])}"
            if compared
            else f"; grey: {ghost_name}{of_photo}"
        )
    return title


def _trailing_number(key: str) -> int:
    found = re.search(r"\d+$", key)
    return int(found.group()) if found else -1

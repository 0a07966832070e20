"""What the mean file sizes say: our files against those of other formats, in sentences computed from the curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby

from rfsq.codec.entropy.tables import tables_path
from rfsq.codec.other_formats import container_floor
from rfsq.codec.rate_distortion import RdMetric, score_at
from rfsq.evidence.files.curves import CurvePoint, Curves, FileCurves
from rfsq.model.calibration import calibration_path
from rfsq.model.checkpoint import zoo_checkpoint
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.style.palette import label_of
from rfsq.style.wording import format_bytes, listed

SHOWN = "rfsq-4x1024-grouped"  # whose figures stand in the sentence


def gaps_to_formats(curves: FileCurves, name: str) -> dict[str, float]:
    """PSNR of a model with all its stages minus that of each format in a file as large, where its curve reaches so far."""
    last = curves.ours[name][-1]
    found = {}
    for other, points in curves.other_formats.items():
        score = score_at([point.at("psnr_db") for point in points], round(last.size))
        if score is not None and last.psnr_db is not None:
            found[other] = last.psnr_db - score
    return found


def bytes_words(curves: FileCurves) -> str:
    """How our files stand to other formats' of the same size. Raises LookupError if the model shown was not weighed."""
    last = curves.ours[SHOWN][-1]
    gaps = gaps_to_formats(curves, SHOWN)
    if not gaps or last.psnr_db is None:
        raise LookupError(f"no format was measured at the size of {SHOWN}")
    beside = listed([f"{label_of(other)} {_better(gap)}" for other, gap in gaps.items()])
    return (
        f"On average over {curves.images} test photos of {curves.pixels_per_image:.0f} pixels the file of {label_of(SHOWN)} has "
        f"{format_bytes(last.size)} and {last.psnr_db:.1f} dB. In as many bytes {beside}. {_who_is_ahead(curves)} "
        f"(Pictures this small are kind to us: the least that a JPEG takes is {format_bytes(container_floor('jpeg'))}.)"
    )


def _better(gap: float) -> str:
    return f"is {abs(gap):.1f} dB {'worse' if gap > 0 else 'better'}"


def _who_is_ahead(curves: FileCurves) -> str:
    """How many of our models, with all their stages, beat each format, and which of them by most."""
    ahead: dict[str, dict[str, float]] = {other: {} for other in curves.other_formats}
    models = [name for name in curves.ours if name in ZOO]
    for name in models:
        for other, gap in gaps_to_formats(curves, name).items():
            if gap > 0:
                ahead[other][name] = gap
    beaten = []
    for other, gaps in ahead.items():
        if gaps:
            most = max(gaps, key=lambda name: gaps[name])
            beaten.append(f"{len(gaps)} are ahead of {label_of(other)} ({label_of(most)} by most, {gaps[most]:.1f} dB)")
    never = [label_of(other) for other, gaps in ahead.items() if not gaps]
    words = [*beaten, *([f"none of {' or '.join(never)}"] if never else [])]
    return f"Of our {len(models)} models with all their stages {', '.join(words)}."


def unmeasured_words(ours: Curves, others: Curves, metric: RdMetric, metric_name: str, pixels: float) -> str:
    """What a chart over a metric leaves out: curves, and ends of curves; empty where all was measured.

    pixels: of a picture, to turn bytes into bits per pixel.
    """
    absent, said = [], []
    for name, points in {**others, **ours}.items():
        order = sorted(points, key=lambda point: point.size)
        known = [point for point in order if math.isfinite(point.at(metric).score)]
        if not known:
            absent.append(label_of(name))
        elif len(known) < len(order):
            missing = _steps([point not in known for point in order], [point.label for point in order])
            said.append(
                f"Of {label_of(name)} {missing} {'is' if len(order) - len(known) == 1 else 'are'} not measured in "
                f"{metric_name} yet, so its line {_reach(order, known, pixels)}."
            )
    none = [f"Not measured in {metric_name} yet: {listed(absent)}."] if absent else []
    return " ".join([*none, *said])


def _steps(chosen: Sequence[bool], labels: Sequence[str]) -> str:
    """Some of the steps of a curve, in order: "quality 5 and 45 to 97", "stages 1 to 3"."""
    words = [label.rpartition(" ")[2] for label in labels]
    runs, at = [], 0
    for is_chosen, group in groupby(chosen):
        length = len(list(group))
        if is_chosen:
            first, last = words[at], words[at + length - 1]
            runs.append(first if length == 1 else f"{first} to {last}")
        at += length
    kind = labels[0].rpartition(" ")[0] or ("stage" if sum(chosen) == 1 else "stages")
    return f"{kind} {listed(runs)}"


def _reach(order: Sequence[CurvePoint], known: Sequence[CurvePoint], pixels: float) -> str:
    """Where a line begins and ends that has only the known of its points: "ends at 0.49 bpp, not at 4.17"."""
    ends = [
        f"{verb} at {8 * mine.size / pixels:.2f} bpp, not at {8 * whole.size / pixels:.2f}"
        for verb, mine, whole in (("begins", known[0], order[0]), ("ends", known[-1], order[-1]))
        if mine is not whole
    ]
    return listed(ends) if ends else "is drawn straight between their neighbours"


def decoder_words(name: str) -> str:
    """What must be there before a file can be decoded, and is in no file: "2.14 MB of weights and 28.6 kB of count tables".

    A stack is made, the same everywhere, from its network's calibration; so are its count tables, where none were learned.
    """
    stack = parse_stack_name(name)
    weights = zoo_checkpoint(stack[0] if stack else name)
    made_from = {"latents to fit the stack to": calibration_path(weights)} if stack else {}
    sizes = {"weights": weights, **made_from, "count tables": tables_path(zoo_checkpoint(name))}
    present: Mapping[str, int] = {what: path.stat().st_size for what, path in sizes.items() if path.is_file()}
    return listed([f"{format_bytes(size)} of {what}" for what, size in present.items()])

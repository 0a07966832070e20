"""The goals for low rates on the test photos, in sentences and tables that follow from the files."""

from __future__ import annotations

from typing import Final

import numpy as np

from rfsq.codec.other_formats import available_formats
from rfsq.codec.rate_distortion import RdMetric
from rfsq.evidence.files.photos import FilePhotos
from rfsq.evidence.low_rates.goals import COUNTINGS, GOALS, Counting, Goal, Outcome, Pairs, band_of, outcome, pairs
from rfsq.evidence.low_rates.models import GOAL_MODELS
from rfsq.evidence.low_rates.words import FINE, METRIC_NAMES, TABLE_MODELS
from rfsq.evidence.statements import Finding
from rfsq.style.palette import label_of
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_bytes, format_signed, listed

SHOWN: Final[RdMetric] = "st_lpips_vgg"  # of the picture and the pairs: no model of the zoo was trained on it


def _name(model: str) -> str:
    """Of a model that the goals are about: all were trained with the perceptual term."""
    return label_of(model).removesuffix(", perceptual")


def goal_finding(photos: FilePhotos) -> Finding:
    """How the goals stand. Raises LookupError where the models, or the formats, were not weighed."""
    missing = [name for name in (FINE,) if name not in photos.ours]
    missing += [name for name in GOALS[-1].formats if name not in photos.other_formats]
    if missing:
        raise LookupError(f"{missing[0]} was not weighed")
    held = [_best(photos, goal) for goal in GOALS]
    claim = f"Three goals for low rates on {photos.images} test photos: {_counted(held)}"
    first = (
        "By whole files, of models with blocks of 8×8 pixels that were trained on ST-LPIPS (AlexNet), whose score is kind "
        f"to them; {METRIC_NAMES[SHOWN]} of {_measured(photos)} photos:"
    )
    sentences = "\n\n".join(
        [first, *(_goal_words(photos, goal) for goal in GOALS), _header_words(photos), _pair_words(photos)]
    )
    return Finding("low-rate-goals", claim, sentences, ())


def _measured(photos: FilePhotos) -> int:
    """Photos that were measured in SHOWN."""
    scores = photos.ours[FINE][0].scores.get(SHOWN)
    return 0 if scores is None else int(np.isfinite(scores).sum())


def _best(photos: FilePhotos, goal: Goal) -> str:
    """The verdict of the model for which a goal stands best, by whole files."""
    order = ("holds", "holds in part", "not decided", "does not hold", "cannot be compared")
    found = {outcome(photos, name, goal, "whole files").verdict for name in GOAL_MODELS if name in photos.ours}
    return next(verdict for verdict in order if verdict in found)


def _counted(verdicts: list[str]) -> str:
    """ "one holds in part, two cannot be compared"."""
    numbers = ("", "one", "two", "three")
    plural = {"holds": "hold", "holds in part": "hold in part", "does not hold": "do not hold"}
    parts = []
    for verdict in dict.fromkeys(verdicts):
        count = verdicts.count(verdict)
        parts.append(f"{numbers[count]} {plural.get(verdict, verdict) if count > 1 else verdict}")
    return listed(parts)


def _goal_words(photos: FilePhotos, goal: Goal) -> str:
    """The goal, and the models by how it stands for them."""
    models: dict[str, list[str]] = {}
    for name in GOAL_MODELS:
        if name in photos.ours:
            found = outcome(photos, name, goal, "whole files")
            models.setdefault(f"**{found.verdict}**{_where(found, goal)}", []).append(_name(name))
    lines = [f"{how} for {listed(names)}" for how, names in models.items()]
    return f"{goal.short[0]}. *{goal.words[0].upper()}{goal.words[1:]}*: {'; '.join(lines)}."


def _where(found: Outcome, goal: Goal) -> str:
    """ " (JPEG 4:2:0 ahead from 0.25 to 0.31; WebP 4:2:0 cannot be so small)"."""
    several = len(goal.metrics) > 1
    parts = []
    for other, metric, one in found.bands:
        by = f" by {METRIC_NAMES[metric].partition('(')[2].rstrip(')')}" if several else ""
        parts.append(f"{label_of(other)}{by}: {one.words(goal.below)}")
    if found.apart:
        parts.append(f"no file of {listed([label_of(other) for other in found.apart])} is so small")
    return f" ({'; '.join(parts)})"


def _header_words(photos: FilePhotos) -> str:
    """What headers weigh in pictures so small, and what changes without them."""
    floors = [
        f"{label_of(name)} {format_bytes(photos.other_formats[name][0].overhead)}"
        for name in available_formats("4:2:0")
        if name in photos.other_formats
    ]
    ours = [point.overhead for name in GOAL_MODELS for point in photos.ours.get(name, ())]
    return (
        f"These photos have {photos.pixels_per_image:.0f} pixels, and what a file costs before it says anything decides much: "
        f"{listed(floors)}, ours {format_bytes(min(ours))} to {format_bytes(max(ours))}. The table has the verdicts without it, "
        "too."
    )


def _pair_words(photos: FilePhotos) -> str:
    """A file of ours beside others of as many bytes, photo by photo."""
    point = photos.ours[FINE][0]
    rate = 8 * float(point.size.mean()) / photos.pixels_per_image
    lines = []
    for name in available_formats("4:2:0"):
        if name in photos.other_formats:
            lines.append(f"{label_of(name)} {_pair(pairs(point, photos.other_formats[name], SHOWN))}")
    return (
        f"Photo by photo at equal bytes, {_name(FINE)} cut after one stage ({rate:.2f} bpp) is in {METRIC_NAMES[SHOWN]} ahead "
        f"of {listed(lines)}. One training run; a difference is positive where ours is better, with its 95 % interval over "
        "the photos. A better score is no better picture: what the eye sees at these rates is said of the larger photos."
    )


def _pair(found: Pairs) -> str:
    """ "on 12 of 80 (−0.021 [−0.025, −0.017]; 20 more cannot be so small)"; "on none: 100 cannot be so small"."""
    if not found.compared:
        return f"on none: {found.too_large} cannot be so small" if found.too_large else "on none: not measured"
    parts = []
    if found.difference is not None:
        numbers = [format_signed(v, 3) for v in (found.difference.mean, found.difference.low, found.difference.high)]
        parts.append(f"{numbers[0]} [{numbers[1]}, {numbers[2]}]")
    if found.too_large:
        parts.append(f"{found.too_large} more cannot be so small")
    return f"on {found.ahead} of {found.compared} ({'; '.join(parts)})"


def goal_table(photos: FilePhotos) -> Table:
    """Model and what is counted -> a verdict per goal."""
    rows = []
    for name in GOAL_MODELS:
        for counting in COUNTINGS if name in photos.ours else ():
            verdicts = [outcome(photos, name, goal, counting).verdict for goal in GOALS]
            rows.append(Row((_name(name), counting, _span(photos, name, counting), *verdicts)))
    goals = [Column(goal.short, hint=goal.words, align="left") for goal in GOALS]
    first = [Column(title, align="left") for title in ("ours", "counted", "bits per pixel")]
    return Table((*first, *goals), tuple(rows))


def band_table(photos: FilePhotos, counting: Counting) -> Table:
    """Model and metric -> where it stands to each format, rate by rate."""
    formats = [name for name in available_formats("4:2:0") if name in photos.other_formats]
    rows = []
    for name in TABLE_MODELS:
        for metric, title in METRIC_NAMES.items() if name in photos.ours else ():
            found = [band_of(photos, name, other, metric, counting) for other in formats]
            cells = [MISSING if one is None else one.words() for one in found]
            rows.append(Row((f"{label_of(name)}, {_span(photos, name, counting)} bpp", title, *cells)))
    return Table(tuple(Column(text, align="left") for text in ("ours", "metric", *map(label_of, formats))), tuple(rows))


def _span(photos: FilePhotos, name: str, counting: Counting) -> str:
    """ "0.18", "0.20 to 0.66"."""
    lost = 0 if counting == "whole files" else 1
    points = photos.ours[name]
    rates = [8 * float(p.size.mean() - lost * p.overhead) / photos.pixels_per_image for p in (points[0], points[-1])]
    return f"{rates[0]:.2f}" if len(points) == 1 else f"{rates[0]:.2f} to {rates[1]:.2f}"

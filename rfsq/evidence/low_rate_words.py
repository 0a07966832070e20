"""What the files of the gallery's photos say: up to which rate ours are ahead of other formats, by three metrics.

Curves are means over the photos at one setting each: our stage counts, the other formats' qualities. The rate where two
curves cross is read between their points. How many photos agree is counted photo by photo, at equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rfsq.codec.other_formats import available_formats
from rfsq.codec.rate_distortion import RatePoint, RdMetric, score_at
from rfsq.evidence.file_curves import FileCurves, GalleryCurves
from rfsq.evidence.file_words import decoder_words
from rfsq.evidence.low_rates import CARRIERS, LOW_RATE_MODELS, RFSQ, RVQ
from rfsq.evidence.statements import Finding
from rfsq.style.palette import label_of
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_db, format_score, listed

FINE, COARSE = (RVQ.name_on(network) for network in CARRIERS)  # of stride 8 and 16
TABLE_MODELS: Final = (FINE, RFSQ.name_on(CARRIERS[0]), *LOW_RATE_MODELS, COARSE, RFSQ.name_on(CARRIERS[1]))
METRIC_NAMES: Final[Mapping[RdMetric, str]] = {
    "psnr_db": "PSNR",
    "st_lpips": "ST-LPIPS (AlexNet)",
    "st_lpips_vgg": "ST-LPIPS (VGG)",
}
_LEARNED: Final[tuple[RdMetric, ...]] = ("st_lpips", "st_lpips_vgg")
_STEPS: Final = 2000  # rates at which two curves are compared


@dataclass(frozen=True)
class Standing:
    """How a curve of ours stands to one of another format, at the rates that both reach."""

    low: float  # bpp, ends of those rates
    high: float
    ahead_below: float | None  # bpp: from `low` up to here ours is better; None where it is not even at `low`

    @property
    def words(self) -> str:
        """ "below 0.31", "from 0.16 to 0.60, all that both reach", "behind from 0.16 on"."""
        if self.ahead_below is None:
            return f"behind from {self.low:.2f} on"
        if self.ahead_below >= self.high:
            return f"at all rates of both ({self.low:.2f} to {self.high:.2f})"
        return f"below {self.ahead_below:.2f}"


def standing(
    ours: Sequence[RatePoint], theirs: Sequence[RatePoint], pixels: float, *, higher_is_better: bool
) -> Standing | None:
    """None where the two curves reach no rate together, or one was not measured."""
    curves = [
        sorted((point.size, point.score) for point in points if np.isfinite(point.score)) for points in (ours, theirs)
    ]
    if not all(curves):
        return None
    low, high = max(curve[0][0] for curve in curves), min(curve[-1][0] for curve in curves)
    if low > high:
        return None
    sizes = np.geomspace(low, high, _STEPS)
    mine, other = (np.interp(np.log(sizes), np.log([x for x, _ in curve]), [y for _, y in curve]) for curve in curves)
    better = mine > other if higher_is_better else mine < other
    rates = 8 * sizes / pixels
    if not better[0]:
        return Standing(float(rates[0]), float(rates[-1]), None)
    worse = np.flatnonzero(~better)
    return Standing(float(rates[0]), float(rates[-1]), float(rates[worse[0] if worse.size else -1]))


def standings(curves: FileCurves, model: str, metric: RdMetric) -> dict[str, Standing]:
    """Format -> how a model stands to it, for the formats as most programs write them (4:2:0)."""
    found: dict[str, Standing] = {}
    for name in available_formats("4:2:0"):
        if name in curves.other_formats:
            one = standing(
                [point.at(metric) for point in curves.ours[model]],
                [point.at(metric) for point in curves.other_formats[name]],
                curves.pixels_per_image,
                higher_is_better=metric == "psnr_db",
            )
            if one is not None:
                found[name] = one
    return found


@dataclass(frozen=True)
class Agreement:
    """On how many photos a file of ours is ahead of a format's of as many bytes."""

    ahead: int
    compared: int
    too_large: int  # photos of which the format's smallest file is larger


def agreement(gallery: GalleryCurves, model: str, stage: int, other: str, metric: RdMetric) -> Agreement:
    """Counted over the photos of which both were made."""
    ahead = compared = too_large = 0
    for photo in gallery.photos.values():
        if model not in photo.ours or other not in photo.other_formats:
            continue
        mine = photo.ours[model][stage - 1].at(metric)
        points = [point.at(metric) for point in photo.other_formats[other]]
        score = score_at(points, round(mine.size))
        if score is not None:
            compared += 1
            ahead += (mine.score > score) == (metric == "psnr_db")
        elif mine.size < min(point.size for point in points):
            too_large += 1
    return Agreement(ahead, compared, too_large)


def low_rate_finding(gallery: GalleryCurves) -> Finding:
    """Where our files of stride 8 stand. Raises LookupError where they, or the formats, were not measured."""
    curves = gallery.means()
    if FINE not in curves.ours:
        raise LookupError(f"{FINE} was not weighed")
    found = {metric: standings(curves, FINE, metric) for metric in METRIC_NAMES}
    formats = [name for name in found["psnr_db"] if all(name in found[metric] for metric in _LEARNED)]
    if not formats:
        raise LookupError("no format was measured at these rates")
    ends = {name: [found[metric][name].ahead_below for metric in _LEARNED] for name in formats}
    limits = {name: min(end for end in both if end is not None) for name, both in ends.items() if None not in both}
    if limits:
        lowest = max(found[metric][name].low for metric in _LEARNED for name in limits)
        claim = (
            f"From {lowest:.2f} to {min(limits.values()):.2f} bits per pixel our files beat {listed([label_of(name) for name in limits])} in "
            "ST-LPIPS, by the network that was not trained on, too"
        )
    else:
        claim = "At low rates our files beat none of the other formats in ST-LPIPS by both networks"
    behind = [label_of(name) for name in formats if found["psnr_db"][name].ahead_below is None]
    if behind:
        claim += f"; in PSNR {listed(behind)} {'is' if len(behind) == 1 else 'are'} ahead at every rate"
    said = [
        f"{label_of(name)}: "
        + ", ".join(f"{METRIC_NAMES[metric]} {found[metric][name].words}" for metric in METRIC_NAMES)
        for name in formats
    ]
    return Finding(
        "low-rates",
        claim,
        f"{label_of(FINE)}, fitted around a network of blocks of 8×8 pixels, by whole files on "
        f"{len(gallery.photos)} photos of about 512 pixels a side ({', '.join(gallery.photos)}). Ours is ahead, in bits per "
        f"pixel, of {'; of '.join(said)}. {_one_stage(gallery, curves, formats)} {caveats(gallery)}",
        (FINE, RFSQ.name_on(CARRIERS[0])),
    )


def _one_stage(gallery: GalleryCurves, curves: FileCurves, formats: Sequence[str]) -> str:
    """The shortest of our files beside the others', in scores, and on how many photos it is ahead by the VGG network."""
    point = curves.ours[FINE][0]
    rate = 8 * point.size / curves.pixels_per_image

    def scores(values: Sequence[float | None]) -> str:
        psnr, alex, vgg = values
        return " / ".join(
            [
                MISSING if psnr is None else format_db(psnr),
                *(MISSING if v is None else format_score(v) for v in (alex, vgg)),
            ]
        )

    beside = [
        f"{label_of(name)} {scores([score_at([p.at(metric) for p in curves.other_formats[name]], round(point.size)) for metric in METRIC_NAMES])}"
        for name in formats
    ]
    counts = []
    for name in formats:
        one = agreement(gallery, FINE, 1, name, "st_lpips_vgg")
        larger = f" ({one.too_large} more cannot be so small)" if one.too_large else ""
        counts.append(f"{label_of(name)} on {one.ahead} of {one.compared}{larger}")
    return (
        f"With one stage, {rate:.2f} bpp, it has {scores([getattr(point, metric) for metric in METRIC_NAMES])} "
        f"({' / '.join(METRIC_NAMES.values())}); in as many bytes {listed(beside)}. Photo by photo it is then ahead by ST-LPIPS "
        f"(VGG) of {listed(counts)}."
    )


def caveats(gallery: GalleryCurves) -> str:
    """What must be said beside it."""
    return (
        f"{len(gallery.photos)} photos decide little. One training run; the network was trained on ST-LPIPS (AlexNet), so its "
        f"score there is kind to it. To decode ours there must be {decoder_words(FINE)}, and a network has to run; a browser "
        "has what the others need. The other formats spend bytes where a picture needs them and are made for any picture; "
        "ours spend the same on every block."
    )


def low_rate_table(gallery: GalleryCurves) -> Table:
    """Up to which rate each model for low rates is ahead of each format, by each metric."""
    curves = gallery.means()
    rows = []
    for model in TABLE_MODELS:
        if model not in curves.ours:
            continue
        rates = [8 * point.size / curves.pixels_per_image for point in curves.ours[model]]
        for metric, name in METRIC_NAMES.items():
            found = standings(curves, model, metric)
            cells = [found[other].words if other in found else MISSING for other in available_formats("4:2:0")]
            rows.append([f"{label_of(model)}, {rates[0]:.2f} to {rates[-1]:.2f} bpp", name, *cells])
    header = ["ours", "metric", *(label_of(name) for name in available_formats("4:2:0"))]
    return Table.of(header, rows)

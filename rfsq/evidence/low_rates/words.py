"""What the files of the gallery's photos say: up to which rate ours are ahead of other formats, by three metrics.

Curves are means over the photos at one setting each: our stage counts, the other formats' qualities. The rate where two
curves cross is read between their points. How many photos agree is counted photo by photo, at equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from rfsq.codec.other_formats import available_formats
from rfsq.codec.rate_distortion import RatePoint, RdMetric, score_at
from rfsq.evidence.files.curves import FileCurves, GalleryCurves
from rfsq.evidence.files.words import decoder_words
from rfsq.evidence.low_rates.models import CARRIERS, LOW_RATE_MODELS, RFSQ, RVQ
from rfsq.evidence.statements import Finding
from rfsq.style.palette import label_of
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_db, format_score, listed

TOGETHER: Final = LOW_RATE_MODELS[0]  # trained together with its quantizer
FINE, COARSE = (RVQ.name_on(network) for network in CARRIERS)  # fitted, of stride 8 and 16
TABLE_MODELS: Final = (TOGETHER, FINE, RFSQ.name_on(CARRIERS[0]), COARSE, RFSQ.name_on(CARRIERS[1]))
METRIC_NAMES: Final[Mapping[RdMetric, str]] = {
    "psnr_db": "PSNR",
    "st_lpips": "ST-LPIPS (AlexNet)",
    "st_lpips_vgg": "ST-LPIPS (VGG)",
}
_LEARNED: Final[tuple[RdMetric, ...]] = ("st_lpips", "st_lpips_vgg")
_STEPS: Final = 2000  # rates at which two curves are compared
_ONE_RATE: Final = 0.005  # bpp: a curve of one point
LOOKED_AT: Final = "d0c164e2"  # weights of TOGETHER whose pictures EYE is about, by the first digits of their SHA-256
EYE: Final = (
    "Looked at side by side (faces, sky, grass, porcelain, a page of text), the model trained with its quantizer is sharper "
    "than WebP and AVIF of as many bytes and invents what it has not kept: teeth and eyes of the astronaut, a tint on grey "
    "photos, a mast without its lattice, letters below 48 pixels. The fitted stacks show blotches in skies and "
    "colour noise, and look worse to us than WebP and AVIF whatever ST-LPIPS says. JPEG at its lowest qualities falls into "
    "squares and looks worse than either."
)


@dataclass(frozen=True)
class Standing:
    """How a curve of ours stands to one of another format, at the rates that both reach."""

    low: float  # bpp, ends of those rates
    high: float
    ahead: tuple[tuple[float, float], ...]  # bpp: ranges where ours is better, ascending

    @property
    def words(self) -> str:
        """ "below 0.31", "above 0.38", "at all rates of both (0.16 to 0.60)", "nowhere, from 0.16 on"; of one point "ahead, at 0.15"."""
        if self.high - self.low < _ONE_RATE:
            return f"{'ahead' if self.ahead else 'nowhere'}, at {self.low:.2f}"
        if not self.ahead:
            return f"nowhere, from {self.low:.2f} on"
        return ", ".join(self._range(*ends) for ends in self.ahead)

    def _range(self, low: float, high: float) -> str:
        if low > self.low:
            return f"above {low:.2f}" if high >= self.high else f"from {low:.2f} to {high:.2f}"
        return f"at all rates of both ({low:.2f} to {high:.2f})" if high >= self.high else f"below {high:.2f}"


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
    edges = [0, *(np.flatnonzero(better[1:] != better[:-1]) + 1), len(rates)]
    ahead = tuple(
        (float(rates[start]), float(rates[min(end, len(rates) - 1)])) for start, end in pairwise(edges) if better[start]
    )
    return Standing(float(rates[0]), float(rates[-1]), ahead)


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
    missing = [name for name in (TOGETHER, FINE) if name not in curves.ours]
    if missing:
        raise LookupError(f"{missing[0]} was not weighed")
    if not all(standings(curves, FINE, metric) for metric in METRIC_NAMES):
        raise LookupError("no format was measured at these rates")
    together = (
        f"Whole files, means over {len(gallery.photos)} photos of about 512 pixels a side ({', '.join(gallery.photos)}), in "
        f"{' / '.join(METRIC_NAMES.values())}: {_beside(curves, TOGETHER)}. By VGG it is ahead, photo by photo at equal bytes, "
        f"of {_counts(gallery, TOGETHER, 'st_lpips_vgg')}."
    )
    paragraphs = (
        together,
        f"A stack that is only fitted, to a network without quantizer: {_beside(curves, FINE)}.",
        _eye(gallery),
        caveats(gallery),
    )
    return Finding("low-rates", _claim(gallery, curves), "\n\n".join(filter(None, paragraphs)), (TOGETHER,))


def _eye(gallery: GalleryCurves) -> str:
    """What was seen, while the pictures are those that were looked at."""
    made = [photo.files_of.get(TOGETHER, "") for photo in gallery.photos.values()]
    return EYE if all(one.startswith(LOOKED_AT) for one in made) else ""


def _claim(gallery: GalleryCurves, curves: FileCurves) -> str:
    """Whom the model that was trained together with its quantizer beats at its rate: in the mean and on most photos."""
    point = curves.ours[TOGETHER][-1]
    ahead: dict[RdMetric, list[str]] = {metric: [] for metric in METRIC_NAMES}
    for metric, names in ahead.items():
        for name in _formats(curves):
            score = score_at([one.at(metric) for one in curves.other_formats[name]], round(point.size))
            photos = agreement(gallery, TOGETHER, 1, name, metric)
            better = score is not None and (point.at(metric).score > score) == (metric == "psnr_db")
            if better and 2 * photos.ahead > photos.compared:
                names.append(label_of(name))
    alex, vgg, psnr = (listed(ahead[metric]) if ahead[metric] else "" for metric in (*_LEARNED, "psnr_db"))
    rate = 8 * point.size / curves.pixels_per_image
    return (
        f"At {rate:.2f} bits per pixel {label_of(TOGETHER)} beats {alex or 'no other format'} in ST-LPIPS (AlexNet), on which it "
        f"was trained, {vgg or 'none'} clearly by VGG, on which it was not, and {psnr or 'none'} in PSNR"
    )


def _formats(curves: FileCurves) -> list[str]:
    """The other formats, as most programs write them."""
    return [name for name in available_formats("4:2:0") if name in curves.other_formats]


def _beside(curves: FileCurves, model: str) -> str:
    """A model's smallest file beside the others' of as many bytes, in scores."""
    point = curves.ours[model][0]
    parts = []
    for name in _formats(curves):
        points = curves.other_formats[name]
        scores = [score_at([one.at(metric) for one in points], round(point.size)) for metric in METRIC_NAMES]
        if None not in scores:
            parts.append(f"{label_of(name)} {_scores(scores)}")
    rate = 8 * point.size / curves.pixels_per_image
    mine = _scores([getattr(point, metric) for metric in METRIC_NAMES])
    return (
        f"{label_of(model)} {mine} at {rate:.2f} bpp, in as many bytes {listed(parts) if parts else 'no other format'}"
    )


def _counts(gallery: GalleryCurves, model: str, metric: RdMetric) -> str:
    """On how many photos a model's smallest file is ahead of each format."""
    parts = []
    for name in _formats(gallery.means()):
        photos = agreement(gallery, model, 1, name, metric)
        larger = f" ({photos.too_large} more cannot be so small)" if photos.too_large else ""
        parts.append(f"{label_of(name)} on {photos.ahead} of {photos.compared}{larger}")
    return listed(parts)


def _scores(values: Sequence[float | None]) -> str:
    """ "21.8 dB / 0.152 / 0.246"."""
    psnr, *distances = values
    return " / ".join(
        [MISSING if psnr is None else format_db(psnr), *(MISSING if v is None else format_score(v) for v in distances)]
    )


def caveats(gallery: GalleryCurves) -> str:
    """What must be said beside it."""
    return (
        f"{len(gallery.photos)} photos decide little. One training run; the network was trained on ST-LPIPS (AlexNet), so its "
        f"score there is kind to it. To decode ours there must be {decoder_words(TOGETHER)}, and a network has to run; a browser "
        "has what the others need."
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
            span = f"{rates[0]:.2f} bpp" if len(rates) == 1 else f"{rates[0]:.2f} to {rates[-1]:.2f} bpp"
            rows.append([f"{label_of(model)}, {span}", name, *cells])
    header = ["ours", "metric", *(label_of(name) for name in available_formats("4:2:0"))]
    return Table.of(header, rows)

"""Phrases and cells that the findings on networks of few bits share."""

from __future__ import annotations

from statistics import fmean
from typing import Final

from rfsq.evidence.few_bits.networks import SLOW, FewBits, Scores, bits_of, measured, paired
from rfsq.metrics.intervals import Interval
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.style.wording import MISSING, format_bits, format_signed, listed
from rfsq.training.config import TrainConfig

METRICS: Final = {"psnr_db": "PSNR dB", "st_lpips": "ST-LPIPS (AlexNet)", "st_lpips_vgg": "ST-LPIPS (VGG)"}
_NETS: Final = {"alex": "AlexNet", "vgg": "VGG"}


def difference(scores: Scores, reference: Scores, metric: str = "psnr_db") -> Interval:
    """Of what was measured of all photos."""
    found = paired(scores, reference, metric)
    assert found is not None
    return found


def rate_words(config: ModelConfig) -> str:
    """ "40 bits per token, 0.625 bpp": without side information."""
    return f"{format_bits(bits_of(config))} per token, {bpp(config):.3f} bpp"


def bpp(config: ModelConfig) -> float:
    """Nominal bits per pixel, without side information."""
    return bits_of(config) / config.stride**2


def loss_words(recipe: TrainConfig) -> str:
    """ "L1", "L1 + 0.1 × ST-LPIPS (AlexNet)"."""
    term = f" + {recipe.st_lpips_weight:g} × ST-LPIPS ({_NETS[recipe.st_lpips_net]})"
    return f"L1{term if recipe.st_lpips_weight else ''}"


def of_some(few: FewBits) -> str:
    """ ", ST-LPIPS (VGG) on 100 of them", where it was not measured of all photos."""
    counts = _counts(few)
    some = listed([f"{count}" for count in counts])
    return f", {METRICS[SLOW]} on {some} of them" if {*counts} - {few.images} else ""


def _counts(few: FewBits) -> list[int]:
    """How many photos SLOW was measured of."""
    every = [scores for one in few.networks.values() for scores in (one.scores, *one.fitted.values())]
    return sorted({len(measured(scores, SLOW)) for scores in every if SLOW in scores})


def header_of(few: FewBits, metric: str) -> str:
    """A metric's name, with the number of photos where it is not that of all: "ST-LPIPS (VGG, 100 photos)"."""
    counts = _counts(few)
    if metric != SLOW or not {*counts} - {few.images}:
        return METRICS[metric]
    return METRICS[metric].replace(")", f", {' or '.join(map(str, counts))} photos)")


def optional_cell(interval: Interval | None, decimals: int) -> str:
    """As `signed`; a dash for what was not measured."""
    return MISSING if interval is None else signed(interval, decimals)


def mean_cell(scores: Scores, metric: str, decimals: int) -> str:
    """Over the photos that it was measured of."""
    places = measured(scores, metric)
    return f"{fmean(scores[metric][place] for place in places):.{decimals}f}" if places else MISSING


def signed(interval: Interval, decimals: int = 4) -> str:
    """Mean and ends, "+0.0123 [+0.0101, +0.0145]"."""
    low, high = (format_signed(bound, decimals) for bound in (interval.low, interval.high))
    return f"{format_signed(interval.mean, decimals)} [{low}, {high}]"


def short_stack(spec: StackSpec) -> str:
    """ "4 × 2 levels scale", "2 × 64 codes"."""
    return f"{spec.stages} × {f'{spec.levels[0]} levels {spec.conditioning}' if spec.levels else f'{spec.codes} codes'}"

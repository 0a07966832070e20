"""What the perceptual loss changes: the paper's claim about it, and findings on models trained with it and without.

The loss is L1 + 0.1 × ST-LPIPS (AlexNet). A score by the metric that was trained on says little, so SSIM and ꟻLIP, which
were not, stand beside it everywhere, and ST-LPIPS with its other network, VGG, beside the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rfsq.evidence.paper.reported import ROWS
from rfsq.evidence.results import Results
from rfsq.evidence.statements import (
    Finding,
    Reading,
    Verdict,
    change,
    fewer_runs,
    gap,
    is_finding,
    trained_words,
)
from rfsq.metrics.intervals import Interval
from rfsq.model.zoo import PERCEPTUAL, ZOO, is_perceptual
from rfsq.style.palette import label_of
from rfsq.style.wording import format_score, format_signed

TRAINED_ON, NOT_TRAINED_ON = "st_lpips", ("flip", "ssim")
OTHER_NETWORK = "st_lpips_vgg"
_NAMES = {"st_lpips": "ST-LPIPS", "flip": "ꟻLIP", "ssim": "SSIM"}


@dataclass(frozen=True)
class Twins:
    """A model of the zoo trained with L1 alone, and one that differs in nothing but the perceptual term."""

    plain: str
    perceptual: str


def twins(results: Results) -> list[Twins]:
    """All pairs that were measured by PSNR and by ST-LPIPS, at all strides."""
    names = {name.removesuffix(PERCEPTUAL): name for name in results.models if is_perceptual(name)}
    return [
        Twins(plain, perceptual)
        for plain, perceptual in names.items()
        if plain in results.models
        and all(
            key in results.models[name].per_image for name in (plain, perceptual) for key in ("psnr_db", TRAINED_ON)
        )
    ]


def perceptual_claim(results: Results) -> Reading:
    """The paper's second headline. Raises LookupError or ValueError where its models were not measured."""
    fsq, rfsq = "fsq-8x8x8x8", "rfsq-4x1024-layernorm"
    difference = results.difference(rfsq + PERCEPTUAL, fsq + PERCEPTUAL, TRAINED_ON)
    parts = [
        f"ST-LPIPS instead of LPIPS. Trained with L1 + 0.1 × ST-LPIPS, at those bits: {_moved(results, fsq, rfsq, PERCEPTUAL)}"
    ]
    verdict: Verdict = "holds" if difference.high < 0 else "does not hold"
    if all(OTHER_NETWORK in results.models[name + PERCEPTUAL].per_image for name in (fsq, rfsq)):
        other = results.difference(rfsq + PERCEPTUAL, fsq + PERCEPTUAL, OTHER_NETWORK)
        agrees = other.high < 0
        parts.append(
            f"by VGG, the network of ST-LPIPS that neither was trained on, "
            f"{_change_of(results, OTHER_NETWORK, fsq + PERCEPTUAL, rfsq + PERCEPTUAL)}{fewer_runs(other, difference)}: "
            + ("better there, too" if agrees else "no better there")
        )
        if verdict == "holds" and not agrees:
            verdict = "half holds"
    if all(results.full(name).st_lpips is not None for name in (fsq, rfsq)):
        alone = results.difference(rfsq, fsq, TRAINED_ON)
        parts.append(
            f"trained with L1 alone: ST-LPIPS {_change_of(results, TRAINED_ON, fsq, rfsq)}{fewer_runs(alone, difference)}"
        )
    equal = [
        name
        for name in ("fsq-40-8x32", "rfsq-4x1024-grouped")
        if name in results.models and results.full(name).st_lpips is not None and rfsq in results.models
    ]
    if equal and results.full(rfsq).st_lpips is not None:
        best = min(equal, key=lambda name: results.full(name).st_lpips or 0.0)
        at_equal = results.difference(rfsq, best, TRAINED_ON)
        parts.append(
            f"at equal 40 bits, both with L1 alone: {_change_of(results, TRAINED_ON, best, rfsq)} against {label_of(best)}"
            + fewer_runs(at_equal, difference)
        )
        if verdict == "holds" and at_equal.low > 0:
            verdict = "holds, but not at equal bits"
    return Reading(
        "RFSQ has 45 % less perceptual loss than FSQ",
        f"abstract of v1; v1, table: LPIPS {change(ROWS[rfsq].lpips, ROWS[fsq].lpips)}, at 40 against 12 bits per token",
        "; ".join(parts),
        verdict,
    )


def perceptual_term(results: Results) -> Finding:
    """What the perceptual term does at the paper's stride. Raises LookupError where fewer than two models were measured
    with and without it."""
    pairs = [pair for pair in twins(results) if ZOO[pair.plain].stride == 4]
    if len(pairs) < 2:
        raise LookupError("fewer than two models were measured with and without the perceptual loss")
    shown = next((pair for pair in pairs if pair.plain == "rfsq-4x1024-scale"), pairs[0])
    moved = {pair.plain: results.difference(pair.perceptual, pair.plain) for pair in pairs}
    loss = max((-interval.mean for interval in moved.values() if is_finding(interval)), default=0.0)
    claim = f"for up to {loss:.2f} dB of PSNR" if loss > 0 else "at no sure loss of PSNR"
    return Finding(
        "perceptual",
        f"At blocks of 4×4 pixels the perceptual term buys ST-LPIPS {claim}",
        f"Trained with L1 + 0.1 × ST-LPIPS instead of L1 alone, {label_of(shown.plain)} goes in ST-LPIPS "
        f"{_from_to(results, TRAINED_ON, shown)}, in PSNR {gap(results.difference(shown.perceptual, shown.plain))}. "
        f"{_price(moved)} ST-LPIPS is what they were trained on; by what "
        f"they were not, {' and '.join(_untrained(results, pairs, key) for key in NOT_TRAINED_ON)}. {trained_words(results, _names(pairs))}",
        (shown.plain, shown.perceptual),
    )


def coarse_blocks(results: Results) -> Finding:
    """What it does at larger blocks, where metrics begin to disagree. Raises LookupError where no model was measured."""
    pairs = [pair for pair in twins(results) if ZOO[pair.plain].stride > 4]
    if not pairs:
        raise LookupError("no model of larger blocks was measured with and without the perceptual loss")
    worse = all(results.difference(pair.perceptual, pair.plain, "flip").low > 0 for pair in pairs)
    claim = (
        "At larger blocks the perceptual term improves the metric that it trains, and worsens ꟻLIP, which it does not"
        if worse
        else "At larger blocks the perceptual term moves ST-LPIPS far more than the other metrics"
    )
    said = [
        f"{label_of(pair.plain)}: ST-LPIPS {_from_to(results, TRAINED_ON, pair)}, "
        f"PSNR {gap(results.difference(pair.perceptual, pair.plain))}, "
        + ", ".join(f"{_NAMES[key]} {_from_to(results, key, pair)}" for key in NOT_TRAINED_ON)
        for pair in pairs
    ]
    return Finding(
        "coarse",
        claim,
        f"With the perceptual term, {'; '.join(said)}. Networks without any rounding. {trained_words(results, _names(pairs))} A gain "
        "in the metric that was trained on need not be one for the eye.",
        _names(pairs)[:4],
    )


def _price(moved: dict[str, Interval]) -> str:
    """How many models change in PSNR by a finding: "Of the 6 models that were trained both ways 1 loses PSNR (…); in 5 …"."""
    level = [interval.mean for interval in moved.values() if not is_finding(interval)]
    lost = {name: one for name, one in moved.items() if is_finding(one) and one.mean < 0}
    won = len(moved) - len(level) - len(lost)
    parts = []
    if lost:
        worst = min(lost, key=lambda name: lost[name].mean)
        most = f"{label_of(worst)}{' by most' if len(lost) > 1 else ''}, {gap(lost[worst])}"
        parts.append(f"{len(lost)} {'lose' if len(lost) > 1 else 'loses'} PSNR ({most})")
    if won:
        parts.append(f"{won} {'gain' if won > 1 else 'gains'} PSNR")
    if level:
        parts.append(f"in {len(level)} the difference ({_ends(level, 2)} dB) is too little to be a finding")
    return f"Of the {len(moved)} models that were trained both ways {'; '.join(parts)}."


def _names(pairs: Sequence[Twins]) -> tuple[str, ...]:
    return tuple(name for pair in pairs for name in (pair.plain, pair.perceptual))


def _moved(results: Results, fsq: str, rfsq: str, ending: str) -> str:
    """All three perceptual scores from one model to another."""
    return ", ".join(
        f"{_NAMES[key]} {_change_of(results, key, fsq + ending, rfsq + ending)}"
        for key in (TRAINED_ON, *NOT_TRAINED_ON)
    )


def _change_of(results: Results, key: str, reference: str, name: str) -> str:
    """ "−58.1 % (0.042 → 0.018)"."""
    after, before = results.means(name, reference, key)
    return f"{change(after, before)} ({format_score(before)} → {format_score(after)})"


def _from_to(results: Results, key: str, pair: Twins) -> str:
    after, before = results.means(pair.perceptual, pair.plain, key)
    return f"from {format_score(before)} to {format_score(after)}"


def _untrained(results: Results, pairs: list[Twins], key: str) -> str:
    """How far a metric moves over all pairs: "ꟻLIP changes by −0.003 to 0.000 (lower is better)"."""
    moves = [results.difference(pair.perceptual, pair.plain, key).mean for pair in pairs]
    return f"{_NAMES[key]} changes by {_ends(moves, 3)} ({'higher' if key == 'ssim' else 'lower'} is better)"


def _ends(values: Sequence[float], decimals: int) -> str:
    """From the least to the most: "−0.003 to 0.000"; one number where both are written alike."""
    low, high = (format_signed(value, decimals) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"

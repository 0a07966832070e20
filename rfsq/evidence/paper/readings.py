"""The paper's claims beside what we measured, each with a verdict; where the figures change sides, so do the words."""

from __future__ import annotations

from rfsq.evidence.best import best_at
from rfsq.evidence.paper.reported import ROWS
from rfsq.evidence.perception import perceptual_claim
from rfsq.evidence.results import Results
from rfsq.evidence.statements import (
    Reading,
    beside,
    change,
    gap,
    known_share,
    l1_change,
    little,
    made,
    verdict,
)
from rfsq.metrics.intervals import Interval
from rfsq.model.zoo import ZOO
from rfsq.style.palette import label_of
from rfsq.style.wording import format_signed


def readings(results: Results) -> list[Reading]:
    """The paper's claims, as far as the models that they are about were measured."""
    return made(
        results,
        (_headline, perceptual_claim, _conditioning_40, _conditioning_22, _layernorm_or_scale, _baselines, _absolute),
    )


def _headline(results: Results) -> Reading:
    rfsq, fsq = "rfsq-4x1024-layernorm", "fsq-8x8x8x8"
    single = best_at(results, 40, single=True)
    difference, equal = results.difference(rfsq, fsq), results.difference(rfsq, single)
    return Reading(
        "RFSQ beats FSQ by 28.7 % in L1",
        f"abstract of v1: L1 {change(ROWS[rfsq].l1, ROWS[fsq].l1)}; "
        f"v1, table: PSNR {format_signed(ROWS[rfsq].psnr_db - ROWS[fsq].psnr_db, 1)} dB, at 40 against 12 bits per token",
        f"L1 {l1_change(results, rfsq, fsq)}, PSNR {gap(difference)}{little(difference)} at those bits. "
        f"At equal 40 bits, against {label_of(single)} in {ZOO[single].dim} channels: L1 {l1_change(results, rfsq, single)}, "
        f"PSNR {gap(equal)}{beside(equal, difference)}{_equal_width(results, difference)}",
        "holds" if equal.low > 0 else "holds, but not at equal bits",
    )


def _equal_width(results: Results, first: Interval) -> str:
    """RFSQ against a single rounding of as many channels, where that was measured."""
    name, single = "rfsq-4x1024-scale", "fsq-40-5x256"
    if name not in results.models or single not in results.models:
        return ""
    difference = results.difference(name, single)
    return f". In five channels each: {label_of(name)} {gap(difference)} against {label_of(single)}{beside(difference, first)}"


def _frozen(results: Results, family: str, reference: str, first: Interval) -> str:
    name = f"rfsq-{family}-layernorm-global"
    if name not in results.models:
        return ""
    difference = results.difference(name, reference)
    return f"; frozen statistics, as in v3: PSNR {gap(difference)}{beside(difference, first)}"


def _conditioning(results: Results, family: str, name: str, version: str) -> Reading:
    none, theirs = ROWS[f"rfsq-{family}-none"], ROWS[f"rfsq-{family}-{name}"]
    difference = results.difference(theirs.model, none.model)
    return Reading(
        f"Conditioning ({name}) beats none at {none.bits_per_token} bits",
        f"{version}: L1 {change(theirs.l1, none.l1)}, PSNR {format_signed(theirs.psnr_db - none.psnr_db, 1)} dB",
        f"statistics of each image, as released: L1 {l1_change(results, theirs.model, none.model)}, PSNR {gap(difference)}"
        + little(difference)
        + _frozen(results, family, none.model, difference),
        verdict(difference),
    )


def _conditioning_40(results: Results) -> Reading:
    return _conditioning(results, "4x1024", "layernorm", "v1, table, and abstracts of v2 and v3")


def _conditioning_22(results: Results) -> Reading:
    return _conditioning(results, "2x2048", "layernorm", "v1, table")


def _layernorm_or_scale(results: Results) -> Reading:
    layernorm, scale = "rfsq-4x1024-layernorm", "rfsq-4x1024-scale"
    difference = results.difference(layernorm, scale)
    return Reading(
        "LayerNorm is the best conditioning (40 bits)",
        f"abstracts of v1, v2 and v3; v1, table: L1 {change(ROWS[layernorm].l1, ROWS[scale].l1)} against scale, PSNR equal",
        f"against scale, which needs no side information: L1 {l1_change(results, layernorm, scale)}, PSNR {gap(difference)}"
        f"{little(difference)}{_at_22_bits(results, difference)}{_frozen(results, '4x1024', scale, difference)}",
        verdict(difference),
    )


def _at_22_bits(results: Results, first: Interval) -> str:
    """LayerNorm against scale there, where that was measured."""
    names = ("rfsq-2x2048-layernorm", "rfsq-2x2048-scale")
    if not all(name in results.models for name in names):
        return ""
    difference = results.difference(*names)
    return f"; at 22 bits PSNR {gap(difference)}{beside(difference, first)}"


def _baselines(results: Results) -> Reading:
    vq, fsq, lfq = "vq-4096", "fsq-8x8x8x8", "lfq-12"
    over_lfq, over_vq = results.difference(fsq, lfq), results.difference(fsq, vq)
    verdicts = {verdict(over_lfq), verdict(over_vq)}
    half = {verdict.startswith("holds") for verdict in verdicts} == {True, False}
    return Reading(
        "FSQ beats LFQ and VQ-EMA at 12 bits",
        f"v1, table: PSNR {format_signed(ROWS[fsq].psnr_db - ROWS[lfq].psnr_db, 1)} dB over LFQ, "
        f"{format_signed(ROWS[fsq].psnr_db - ROWS[vq].psnr_db, 1)} dB over VQ-EMA",
        f"PSNR {gap(over_lfq)} over LFQ{little(over_lfq)}, {gap(over_vq)} over a VQ-EMA that uses "
        f"{known_share(results.full(vq).usage[0])} of its codes{beside(over_vq, over_lfq)}",
        "half holds" if half else verdict(over_vq),
    )


def _absolute(results: Results) -> Reading:
    name = "rfsq-4x1024-layernorm"
    scores = results.full(name)
    return Reading(
        "Absolute L1, PSNR and LPIPS",
        f"v1, table: {label_of(name)}: L1 {ROWS[name].l1:.3f}, PSNR {ROWS[name].psnr_db:.1f} dB, LPIPS {ROWS[name].lpips:.3f}",
        f"L1 {scores.l1:.3f}, PSNR {scores.psnr_db:.1f} dB, LPIPS "
        f"{'not measured' if scores.lpips is None else f'{scores.lpips:.3f}'}: other photos, a loss without LPIPS, and "
        "a pixel scale that the paper does not state",
        "cannot be compared",
    )

"""The paper's claims beside what we measured, each with a verdict; where the figures change sides, so do the words."""

from __future__ import annotations

from rfsq.evidence.best import best_at
from rfsq.evidence.paper.reported import ROWS
from rfsq.evidence.perception import perceptual_claim
from rfsq.evidence.results import Results
from rfsq.evidence.statements import (
    Reading,
    change,
    gap,
    known_share,
    l1_change,
    little,
    made,
    verdict,
)
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
    return Reading(
        "RFSQ beats FSQ by 28.7 % in L1",
        f"abstract of v1: L1 {change(ROWS[rfsq].l1, ROWS[fsq].l1)}; "
        f"v1, table: PSNR {format_signed(ROWS[rfsq].psnr_db - ROWS[fsq].psnr_db, 1)} dB, at 40 against 12 bits per token",
        f"L1 {l1_change(results, rfsq, fsq)}, PSNR {gap(results.difference(rfsq, fsq))} at those bits. "
        f"At equal 40 bits, against {label_of(single)} in {ZOO[single].dim} channels: L1 {l1_change(results, rfsq, single)}, "
        f"PSNR {gap(results.difference(rfsq, single))}{_equal_width(results)}",
        "holds" if results.difference(rfsq, single).low > 0 else "holds, but not at equal bits",
    )


def _equal_width(results: Results) -> str:
    """RFSQ against a single rounding of as many channels, where that was measured."""
    name, single = "rfsq-4x1024-scale", "fsq-40-5x256"
    if name not in results.models or single not in results.models:
        return ""
    difference = results.difference(name, single)
    return f". In five channels each: {label_of(name)} {gap(difference)} against {label_of(single)}{little(difference)}"


def _frozen(results: Results, family: str, reference: str) -> str:
    name = f"rfsq-{family}-layernorm-global"
    if name not in results.models:
        return ""
    return f"; frozen statistics, as in v3: PSNR {gap(results.difference(name, reference))}"


def _conditioning(results: Results, family: str, name: str, version: str) -> Reading:
    none, theirs = ROWS[f"rfsq-{family}-none"], ROWS[f"rfsq-{family}-{name}"]
    difference = results.difference(theirs.model, none.model)
    return Reading(
        f"Conditioning ({name}) beats none at {none.bits_per_token} bits",
        f"{version}: L1 {change(theirs.l1, none.l1)}, PSNR {format_signed(theirs.psnr_db - none.psnr_db, 1)} dB",
        f"statistics of each image, as released: L1 {l1_change(results, theirs.model, none.model)}, PSNR {gap(difference)}"
        + _frozen(results, family, none.model),
        verdict(difference),
    )


def _conditioning_40(results: Results) -> Reading:
    return _conditioning(results, "4x1024", "layernorm", "v1, table, and abstracts of v2 and v3")


def _conditioning_22(results: Results) -> Reading:
    return _conditioning(results, "2x2048", "layernorm", "v1, table")


def _layernorm_or_scale(results: Results) -> Reading:
    layernorm, scale = "rfsq-4x1024-layernorm", "rfsq-4x1024-scale"
    difference = results.difference(layernorm, scale)
    smaller = ("rfsq-2x2048-layernorm", "rfsq-2x2048-scale")
    also = (
        f"; at 22 bits {gap(results.difference(*smaller))}" if all(name in results.models for name in smaller) else ""
    )
    return Reading(
        "LayerNorm is the best conditioning (40 bits)",
        f"abstracts of v1, v2 and v3; v1, table: L1 {change(ROWS[layernorm].l1, ROWS[scale].l1)} against scale, PSNR equal",
        f"L1 {l1_change(results, layernorm, scale)}, PSNR {gap(difference)} against scale, which needs no side information"
        f"{also}{_frozen(results, '4x1024', scale)}{little(difference)}",
        verdict(difference),
    )


def _baselines(results: Results) -> Reading:
    vq, fsq, lfq = "vq-4096", "fsq-8x8x8x8", "lfq-12"
    over_lfq, over_vq = results.difference(fsq, lfq), results.difference(fsq, vq)
    verdicts = {verdict(over_lfq), verdict(over_vq)}
    half = {verdict.startswith("holds") for verdict in verdicts} == {True, False}
    return Reading(
        "FSQ beats LFQ and VQ-EMA at 12 bits",
        f"v1, table: PSNR {format_signed(ROWS[fsq].psnr_db - ROWS[lfq].psnr_db, 1)} dB over LFQ, "
        f"{format_signed(ROWS[fsq].psnr_db - ROWS[vq].psnr_db, 1)} dB over VQ-EMA",
        f"PSNR {gap(over_lfq)} over LFQ, {gap(over_vq)} over a VQ-EMA that uses "
        f"{known_share(results.full(vq).usage[0])} of its codes",
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

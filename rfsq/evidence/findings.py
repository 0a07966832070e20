"""What the results say about the paper: each finding a claim, two sentences with measured figures, and its models.

Everything is computed from `Results`; where the figures change sides, so do the words. Each model was trained once, so
a small difference is called small, whatever its interval over the photos says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rfsq.evidence.evaluation import ModelScores
from rfsq.evidence.paper import ROWS
from rfsq.evidence.perception import coarse_blocks, perceptual_claim, perceptual_term
from rfsq.evidence.results import Results
from rfsq.evidence.statements import Finding, Reading, Verdict, change, gap
from rfsq.metrics.intervals import Interval
from rfsq.model.zoo import ZOO, like_the_paper
from rfsq.style.palette import label_of
from rfsq.style.wording import format_score, format_share, format_signed

_T = TypeVar("_T")
NO_FINDING_DB = 0.1  # less than this is level: another training run may give as much
LITTLE_DB = 0.25  # less than this is said with the words that it rests on one training run each


def readings(results: Results) -> list[Reading]:
    """The paper's claims, as far as the models that they are about were measured."""
    return _made(
        results,
        (_headline, perceptual_claim, _conditioning_40, _conditioning_22, _layernorm_or_scale, _baselines, _absolute),
    )


def findings(results: Results) -> list[Finding]:
    """What the results say, as far as the models were measured: the five of the design, then our own."""
    return _made(
        results,
        (
            _unequal_bits,
            _side_information,
            _width,
            _alive_baselines,
            _integer_indices,
            _strategies_alike,
            _residual_vq,
            _turns,
            _decay,
            perceptual_term,
            coarse_blocks,
        ),
    )


def best_at(results: Results, bits: int, *, kinds: tuple[str, ...] = ("fsq", "lfq", "vq"), single: bool = False) -> str:
    """The model of the highest PSNR among those of about `bits` bits per token. Raises LookupError if there is none."""
    names = [
        name
        for name, model in results.models.items()
        if ZOO[name].kind in kinds
        and like_the_paper(name)
        and round(model.full.bits_per_token or 0) == bits
        and (not single or ZOO[name].num_stages == 1)
        and model.full.psnr_db is not None
    ]
    if not names:
        raise LookupError(f"no model of {bits} bits was measured")
    return max(names, key=lambda name: results.full(name).psnr_db or 0.0)


def _ahead(results: Results, name: str, reference: str) -> str:
    """How a model stands to another: "0.86 dB better than FSQ 8·8·8·8 [0.82, 0.90]"."""
    interval = results.difference(name, reference)
    bounds = (
        sorted((abs(interval.low), abs(interval.high))) if interval.excludes_zero else (interval.low, interval.high)
    )
    where = "better" if interval.mean > 0 else "worse"
    ends = ", ".join(f"{bound:.2f}" if interval.excludes_zero else format_signed(bound, 2) for bound in bounds)
    return f"{abs(interval.mean):.2f} dB {where} than {label_of(reference)} [{ends}]"


def _verdict(difference: Interval) -> Verdict:
    if difference.low <= 0 <= difference.high or abs(difference.mean) < NO_FINDING_DB:
        return "not decided"
    little = abs(difference.mean) < LITTLE_DB
    if difference.mean > 0:
        return "holds by little" if little else "holds"
    return "does not hold, by little" if little else "does not hold"


def _little(difference: Interval) -> str:
    """What must be said of a small difference; nothing of a large one."""
    if abs(difference.mean) < NO_FINDING_DB:
        return ", too little to be a finding"
    return ", from one training run each" if abs(difference.mean) < LITTLE_DB else ""


def _made(results: Results, makers: tuple[Callable[[Results], _T], ...]) -> list[_T]:
    made = []
    for make in makers:
        try:
            made.append(make(results))
        except (LookupError, ValueError):  # a model of it was not measured
            continue
    return made


# ---- the paper's claims ----


def _headline(results: Results) -> Reading:
    rfsq, fsq = "rfsq-4x1024-layernorm", "fsq-8x8x8x8"
    single = best_at(results, 40, single=True)
    return Reading(
        "RFSQ beats FSQ by 28.7 % in L1",
        f"abstract of v1: L1 {change(ROWS[rfsq].l1, ROWS[fsq].l1)}; "
        f"v1, table: PSNR {format_signed(ROWS[rfsq].psnr_db - ROWS[fsq].psnr_db, 1)} dB, at 40 against 12 bits per token",
        f"L1 {_l1_change(results, rfsq, fsq)}, PSNR {gap(results.difference(rfsq, fsq))} at those bits. "
        f"At equal 40 bits, against {label_of(single)} in {ZOO[single].dim} channels: L1 {_l1_change(results, rfsq, single)}, "
        f"PSNR {gap(results.difference(rfsq, single))}{_equal_width(results)}",
        "holds" if results.difference(rfsq, single).low > 0 else "holds, but not at equal bits",
    )


def _equal_width(results: Results) -> str:
    """RFSQ against a single rounding of as many channels, where that was measured."""
    name, single = "rfsq-4x1024-scale", "fsq-40-5x256"
    if name not in results.models or single not in results.models:
        return ""
    difference = results.difference(name, single)
    return (
        f". In five channels each: {label_of(name)} {gap(difference)} against {label_of(single)}{_little(difference)}"
    )


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
        f"statistics of each image, as released: L1 {_l1_change(results, theirs.model, none.model)}, PSNR {gap(difference)}"
        + _frozen(results, family, none.model),
        _verdict(difference),
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
        f"L1 {_l1_change(results, layernorm, scale)}, PSNR {gap(difference)} against scale, which needs no side information"
        f"{also}{_frozen(results, '4x1024', scale)}{_little(difference)}",
        _verdict(difference),
    )


def _baselines(results: Results) -> Reading:
    vq, fsq, lfq = "vq-4096", "fsq-8x8x8x8", "lfq-12"
    over_lfq, over_vq = results.difference(fsq, lfq), results.difference(fsq, vq)
    verdicts = {_verdict(over_lfq), _verdict(over_vq)}
    half = {verdict.startswith("holds") for verdict in verdicts} == {True, False}
    return Reading(
        "FSQ beats LFQ and VQ-EMA at 12 bits",
        f"v1, table: PSNR {format_signed(ROWS[fsq].psnr_db - ROWS[lfq].psnr_db, 1)} dB over LFQ, "
        f"{format_signed(ROWS[fsq].psnr_db - ROWS[vq].psnr_db, 1)} dB over VQ-EMA",
        f"PSNR {gap(over_lfq)} over LFQ, {gap(over_vq)} over a VQ-EMA that uses "
        f"{_share(results.full(vq).usage[0])} of its codes",
        "half holds" if half else _verdict(over_vq),
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


# ---- findings ----


def _unequal_bits(results: Results) -> Finding:
    rfsq, fsq = "rfsq-4x1024-layernorm", "fsq-8x8x8x8"
    single = best_at(results, 40, single=True)
    claim = (
        "The headline compares 40 bits with 12; at equal bits a wider single-stage FSQ wins"
        if results.difference(rfsq, single).high < 0
        else "The headline compares 40 bits with 12; at equal bits RFSQ and FSQ come close"
    )
    return Finding(
        "bits",
        claim,
        f"RFSQ 4×1024 layernorm is {_ahead(results, rfsq, fsq)}, but spends "
        f"{results.full(rfsq).bits_per_token:.0f} bits per token instead of {results.full(fsq).bits_per_token:.0f}. "
        f"At the same 40 bits in one rounding of {ZOO[single].dim} channels it is {_ahead(results, rfsq, single)}."
        + _width_or_rounding(results, single),
        (fsq, rfsq, single),
    )


def _width_or_rounding(results: Results, single: str) -> str:
    """Which part of a wider FSQ's lead is its width: the same bits in five channels, once rounded and once by stages."""
    narrow, residual = "fsq-40-5x256", "rfsq-4x1024-scale"
    if narrow not in results.models or residual not in results.models or single == narrow:
        return ""
    width, difference = results.difference(single, narrow), results.difference(residual, narrow)
    return (
        f" {_part(width.mean, -results.difference('rfsq-4x1024-layernorm', single).mean)} of that is width: from {ZOO[narrow].dim} channels to {ZOO[single].dim} a single "
        f"rounding of 40 bits gains {gap(width)}. In {ZOO[narrow].dim} channels {label_of(residual)} is "
        f"{_ahead(results, residual, narrow)}{_little(difference)}."
    )


def _part(part: float, whole: float) -> str:
    return "Most" if part > 0.5 * whole > 0 else "Some" if part > 0 else "None"


def _side_information(results: Results) -> Finding:
    layernorm, frozen = "rfsq-4x1024-layernorm", "rfsq-4x1024-layernorm-global"
    side = results.full(layernorm).side_bytes_per_image
    difference = results.difference(frozen, layernorm)
    level = abs(difference.mean) < NO_FINDING_DB or difference.low <= 0 <= difference.high
    picture = f"as good ({gap(difference)})" if level else f"{_ahead(results, frozen, layernorm)}{_little(difference)}"
    return Finding(
        "side",
        "LayerNorm as released needs side information; the frozen statistics of the paper's v3 do without",
        f"Undoing it takes {side:.0f} bytes per image (mean and deviation of every channel and stage, 16 bits each), "
        "little for a large photo and a lot for a thumbnail. "
        f"With statistics frozen in training nothing is sent, and the picture is {picture}.",
        (layernorm, frozen),
    )


def _width(results: Results) -> Finding:
    best = max(
        (
            name
            for name in results.models
            if name.startswith("rfsq-4x1024-") and ZOO[name].dim == 5 and like_the_paper(name)
        ),
        key=lambda name: results.full(name).psnr_db or 0.0,
    )
    return Finding(
        "width",
        "Five latent channels are a ceiling, and conditioned RFSQ stands right under it",
        f"Without any rounding the five-channel network is {_ahead(results, 'continuous-5', best)}: more bits cannot "
        f"help it. Eight channels without rounding are {_ahead(results, 'continuous-8', 'continuous-5')}.",
        (best, "continuous-5"),
    )


def _alive_baselines(results: Results) -> Finding:
    vq, fsq = "vq-4096", "fsq-8x8x8x8"
    difference = results.difference(vq, fsq)
    claim = (
        "A VQ codebook that is kept alive beats FSQ at 12 bits"
        if difference.low > 0
        else ("FSQ holds against a VQ codebook that is kept alive")
    )
    return Finding(
        "baselines",
        claim,
        f"Ours uses {_share(results.full(vq).usage[0])} of its 4096 codes on the test photos and is "
        f"{_ahead(results, vq, fsq)}. In the paper's table (v1) VQ-EMA is "
        f"{ROWS[fsq].psnr_db - ROWS[vq].psnr_db:.1f} dB worse than FSQ; whether that codebook had collapsed we cannot know.",
        (vq, fsq),
    )


def _integer_indices(results: Results) -> Finding:
    shares = results.float_index_errors
    worst = max(shares["float32"], key=lambda name: shares["float32"][name])
    small = min(shares["bfloat16"], key=lambda name: results.full(name).bits_per_token or 0.0)
    return Finding(
        "indices",
        "Indices computed in floating point point to wrong codes",
        f"The released code sums indices in floating point and truncates. Done so, {_share(shares['float32'][worst])} of "
        f"the tokens of {label_of(worst)} get a wrong index in float32, and {_share(shares['bfloat16'][small])} of those of "
        f"{label_of(small)} in bfloat16; ours are integers and exact.",
        (small, worst),
    )


def _strategies_alike(results: Results) -> Finding:
    names = [f"rfsq-4x1024-{name}" for name in ("scale", "layernorm", "layernorm-global", "geometric")]
    over_none = [results.difference(name, "rfsq-4x1024-none").mean for name in names]
    simplest = results.difference(names[0], names[1])
    return Finding(
        "strategies",
        "Conditioning matters; which one hardly does",
        f"At 40 bits the four strategies gain {min(over_none):.2f} to {max(over_none):.2f} dB over none. "
        f"The simplest, one learned factor per stage, is {_ahead(results, names[0], names[1])}{_little(simplest)}. "
        "Scale and layernorm are the paper's, frozen statistics what its v3 makes of layernorm, geometric steps those of "
        "ResidualFSQ in vector-quantize-pytorch.",
        ("rfsq-4x1024-none", *names[:3]),
    )


def _residual_vq(results: Results) -> Finding:
    rvq, scale = "rvq-4x1024", "rfsq-4x1024-scale"
    first = [results.models[name].scores[0].psnr_db for name in (rvq, scale)]
    if first[0] is None or first[1] is None:
        raise LookupError("PSNR was not measured")
    level = (
        "as well as"
        if abs(results.difference(rvq, scale).mean) < 0.1
        else ("better than" if results.difference(rvq, scale).mean > 0 else "not as well as")
    )
    return Finding(
        "rvq",
        f"Residual VQ does {level} conditioned RFSQ, and {'better' if first[0] > first[1] else 'no better'} when cut",
        f"At 40 bits RVQ 4×1024 is {_ahead(results, rvq, scale)}; with 1 of 4 stages it keeps {first[0]:.1f} dB, the learned "
        f"scale {first[1]:.1f}. Both end at the ceiling of their width: what RFSQ saves is the search in a learned codebook.",
        (rvq, scale),
    )


def _turns(results: Results) -> Finding:
    grouped, single, layernorm = "rfsq-4x1024-grouped", "fsq-40-8x32", "rfsq-4x1024-layernorm"
    difference = results.difference(grouped, single)
    steps = ", ".join(
        f"{scores.psnr_db:.1f}" for scores in results.models[grouped].scores if scores.psnr_db is not None
    )
    meets = "meet" if difference.low > -0.2 else "come near"
    return Finding(
        "turns",
        f"Stages that take turns on ten channels (ours) {meets} the best fine FSQ in PSNR, with four small tokens",
        f"At 40 bits the grouped model is {_ahead(results, grouped, single)}{_little(difference)}, and "
        f"{_ahead(results, grouped, layernorm)}; {_flip_words(results, grouped, single)}it has {ZOO[grouped].dim} latent "
        f"channels, they {ZOO[single].dim} and {ZOO[layernorm].dim}, and its last choice, ten channels or twelve, was made on "
        f"these test photos. Its file can be cut: {steps} dB with 1 to 4 stages; the price is a weak second stage, which opens "
        "new channels before the first ones are fine.",
        (grouped, single, layernorm),
    )


def _flip_words(results: Results, name: str, single: str) -> str:
    mine, theirs = results.full(name).flip, results.full(single).flip
    if mine is None or theirs is None:
        return ""
    where = "worse" if mine > theirs else "better"
    return f"by ꟻLIP it is {where} than {label_of(single)} ({format_score(mine)} against {format_score(theirs)}, lower is better); "


def _decay(results: Results) -> Finding:
    none, scale = "rfsq-4x1024-none", "rfsq-4x1024-scale"
    first, last = _ends(results.full(none))
    scaled = _ends(results.full(scale))
    bits = [results.full(name).entropy_bits for name in (none, scale)]
    said = [", ".join(f"{value:.1f}" for value in row) for row in bits]
    more = sum(bits[1]) - sum(bits[0])
    return Finding(
        "decay",
        "The decay is real: without conditioning each stage rounds a weaker signal than the last",
        f"With none, what a stage rounds falls from {first:.2f} to {last:.2f} steps between its levels; with a learned "
        f"scale it goes from {scaled[0]:.2f} to {scaled[1]:.2f}. Entropies of the stages, of 10 bits each: {said[0]} with none, "
        f"{said[1]} with scale. In all scale says {abs(more):.1f} bits {'more' if more > 0 else 'less'}, and is "
        f"{_ahead(results, scale, none)}.",
        (none, scale),
    )


def _ends(scores: ModelScores) -> tuple[float, float]:
    first, last = scores.signal_to_step[0], scores.signal_to_step[-1]
    if first is None or last is None:
        raise LookupError("no signal-to-step ratio")
    return first, last


def _l1_change(results: Results, name: str, reference: str) -> str:
    mine, theirs = results.full(name).l1, results.full(reference).l1
    if mine is None or theirs is None:
        raise LookupError("L1 was not measured")
    return change(mine, theirs)


def _share(share: float | None) -> str:
    if share is None:
        raise LookupError("the share was not measured")
    return format_share(share)

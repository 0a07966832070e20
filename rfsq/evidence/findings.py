"""What the results say about the paper: each finding a claim, two sentences with measured figures, and its models.

Everything is computed from `Results`; where the figures change sides, so do the words. Of a model that was trained once, a
small difference is called small, whatever its interval over the photos says; of one that was trained several times, the
interval covers the choice of a seed.
"""

from __future__ import annotations

from rfsq.evidence.best import best_at
from rfsq.evidence.model_scores import ModelScores
from rfsq.evidence.paper.reported import ROWS
from rfsq.evidence.perception import coarse_blocks, perceptual_term
from rfsq.evidence.results import Results
from rfsq.evidence.statements import (
    Finding,
    ahead,
    gap,
    is_finding,
    known_share,
    little,
    made,
)
from rfsq.model.zoo import ZOO, like_the_paper
from rfsq.style.palette import label_of
from rfsq.style.wording import format_score


def findings(results: Results) -> list[Finding]:
    """What the results say, as far as the models were measured: the five of the design, then our own."""
    return made(
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
        f"RFSQ 4×1024 layernorm is {ahead(results, rfsq, fsq)}, but spends "
        f"{results.full(rfsq).bits_per_token:.0f} bits per token instead of {results.full(fsq).bits_per_token:.0f}. "
        f"At the same 40 bits in one rounding of {ZOO[single].dim} channels it is {ahead(results, rfsq, single)}."
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
        f"{ahead(results, residual, narrow)}{little(difference)}."
    )


def _part(part: float, whole: float) -> str:
    return "Most" if part > 0.5 * whole > 0 else "Some" if part > 0 else "None"


def _side_information(results: Results) -> Finding:
    layernorm, frozen = "rfsq-4x1024-layernorm", "rfsq-4x1024-layernorm-global"
    side = results.full(layernorm).side_bytes_per_image
    difference = results.difference(frozen, layernorm)
    level = not is_finding(difference)
    picture = f"as good ({gap(difference)})" if level else f"{ahead(results, frozen, layernorm)}{little(difference)}"
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
        f"Without any rounding the five-channel network is {ahead(results, 'continuous-5', best)}: more bits cannot "
        f"help it. Eight channels without rounding are {ahead(results, 'continuous-8', 'continuous-5')}.",
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
        f"Ours uses {known_share(results.full(vq).usage[0])} of its 4096 codes on the test photos and is "
        f"{ahead(results, vq, fsq)}. In the paper's table (v1) VQ-EMA is "
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
        f"The released code sums indices in floating point and truncates. Done so, {known_share(shares['float32'][worst])} of "
        f"the tokens of {label_of(worst)} get a wrong index in float32, and {known_share(shares['bfloat16'][small])} of those of "
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
        f"The simplest, one learned factor per stage, is {ahead(results, names[0], names[1])}{little(simplest)}. "
        "Scale and layernorm are the paper's, frozen statistics what its v3 makes of layernorm, geometric steps those of "
        "ResidualFSQ in vector-quantize-pytorch.",
        ("rfsq-4x1024-none", *names[:3]),
    )


def _residual_vq(results: Results) -> Finding:
    rvq, scale = "rvq-4x1024", "rfsq-4x1024-scale"
    first = [results.models[name].scores[0].psnr_db for name in (rvq, scale)]
    if first[0] is None or first[1] is None:
        raise LookupError("PSNR was not measured")
    difference = results.difference(rvq, scale)
    level = "better than" if difference.mean > 0 else "not as well as"
    if not is_finding(difference):
        level = "as well as"
    return Finding(
        "rvq",
        f"Residual VQ does {level} conditioned RFSQ, and {'better' if first[0] > first[1] else 'no better'} when cut",
        f"At 40 bits RVQ 4×1024 is {ahead(results, rvq, scale)}; with 1 of 4 stages it keeps {first[0]:.1f} dB, the learned "
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
        f"At 40 bits the grouped model is {ahead(results, grouped, single)}{little(difference)}, and "
        f"{ahead(results, grouped, layernorm)}; {_flip_words(results, grouped, single)}it has {ZOO[grouped].dim} latent "
        f"channels, they {ZOO[single].dim} and {ZOO[layernorm].dim}, and its last choice, ten channels or twelve, was made on "
        f"these test photos. Its file can be cut: {steps} dB with 1 to 4 stages; the price is a weak second stage, which opens "
        "new channels before the first ones are fine.",
        (grouped, single, layernorm),
    )


def _flip_words(results: Results, name: str, single: str) -> str:
    if not all("flip" in results.models[model].per_image for model in (name, single)):
        return ""
    difference, means = results.difference(name, single, "flip"), results.means(name, single, "flip")
    where = ("worse than" if difference.mean > 0 else "better than") if difference.excludes_zero else "level with"
    mine, theirs = (format_score(mean) for mean in means)
    return f"by ꟻLIP it is {where} {label_of(single)} ({mine} against {theirs}, lower is better); "


def _decay(results: Results) -> Finding:
    none, scale = "rfsq-4x1024-none", "rfsq-4x1024-scale"
    first, last = _ends(results.full(none))
    scaled = _ends(results.full(scale))
    bits = [[value for value in results.full(name).entropy_bits if value is not None] for name in (none, scale)]
    said = [", ".join(f"{value:.1f}" for value in row) for row in bits]
    more = sum(bits[1]) - sum(bits[0])
    return Finding(
        "decay",
        "The decay is real: without conditioning each stage rounds a weaker signal than the last",
        f"With none, what a stage rounds falls from {first:.2f} to {last:.2f} steps between its levels; with a learned "
        f"scale it goes from {scaled[0]:.2f} to {scaled[1]:.2f}. Entropies of the stages, of 10 bits each: {said[0]} with none, "
        f"{said[1]} with scale. In all scale says {abs(more):.1f} bits {'more' if more > 0 else 'less'}, and is "
        f"{ahead(results, scale, none)}.",
        (none, scale),
    )


def _ends(scores: ModelScores) -> tuple[float, float]:
    first, last = scores.signal_to_step[0], scores.signal_to_step[-1]
    if first is None or last is None:
        raise LookupError("no signal-to-step ratio")
    return first, last

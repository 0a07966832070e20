"""Levels per channel, and what each stage does to the signal."""

from __future__ import annotations

import torch
from torch import Tensor

from rfsq.evidence.doctor.line import Line, Verdict, worst
from rfsq.evidence.doctor.seen import Seen
from rfsq.style.wording import format_share

_MOST = 256  # levels of a channel that are told apart
_TOKENS_PER_LEVEL = 20
_SAME = 1e-4  # of the range of a channel: nearer values are one level
_WEAK_SIGNAL = 0.25  # distances between levels
_NOTHING = 1e-6  # of the signal


def channel_levels(added: Tensor) -> list[Tensor] | None:
    """The values that each channel of (P, D, h, w) takes, rising; None where they are no levels.

    Codes of a learned codebook are none: there every code has its own value in every channel.
    """
    rows = added.transpose(0, 1).flatten(1)  # (D, N)
    found = []
    for row in rows:
        values = torch.unique(row)
        if len(values) > 1:
            spread = float(values[-1] - values[0])
            new = torch.cat([torch.ones(1, dtype=torch.bool), values.diff() > _SAME * spread])
            values = values[new]
        if len(values) > _MOST or len(values) * _TOKENS_PER_LEVEL > row.numel():
            return None
        found.append(values)
    most = max(map(len, found))
    if len(found) > 1:
        scale = max(float(rows.abs().max()), 1e-12)
        codes = len(torch.unique((rows.T / scale * 1e4).round(), dim=0))
        if most > 2 and codes <= most:
            return None
    return found


def saturation(seen: Seen) -> Line:
    """How many values lie at the outermost levels of their channel, in the first stage."""
    levels = _of_first_stage(seen)
    if levels is None:
        return _no_levels("saturation", seen)
    rows = seen.added()[0].transpose(0, 1).flatten(1)
    verdicts: list[Verdict] = []
    shares = []
    for row, values in zip(rows, levels, strict=True):
        span = _SAME * max(float(values[-1] - values[0]), 1e-12)
        share = float(((row <= values[0] + span) | (row >= values[-1] - span)).float().mean())
        even = 1 - 2 / len(values) if len(values) > 2 else 0.0  # share of the inner levels, were all alike
        inner = 1 - share
        verdicts.append("green" if not even or inner >= 0.5 * even else "red" if inner < 0.05 * even else "yellow")
        shares.append(format_share(share))
    return Line(
        "saturation",
        worst(verdicts),
        f"at an outermost level: {' · '.join(shares)}",
        f"{seen.sample}, by channel",
        "" if worst(verdicts) == "green" else "scale the latents down before rounding, or bound them softly (tanh)",
    )


def dead_levels(seen: Seen) -> Line:
    """Levels that no value falls to, in the first stage."""
    levels = _of_first_stage(seen)
    if levels is None:
        return _no_levels("dead levels", seen)
    words, dead = [], 0
    for channel, values in enumerate(levels):
        if seen.levels is not None and len(seen.levels) == len(levels):
            count = seen.levels[channel]
        else:
            gaps = values.diff()
            count = 1 + round(float((gaps / gaps.min()).sum())) if len(gaps) else len(values)
        dead += max(0, count - len(values))
        words.append(f"{len(values)} of {count}")
    return Line(
        "dead levels",
        "yellow" if dead else "green",
        f"in use: {' · '.join(words)}",
        f"{seen.sample}, by channel",
        "levels that nothing falls to cost bits: scale the latents up, or take fewer levels" if dead else "",
    )


def signal_to_spacing(seen: Seen) -> Line:
    """RMS of what enters each stage, in distances between its levels."""
    if not seen.totals or seen.latents is None:
        return _no_totals("signal ÷ spacing", seen)
    residual, words = seen.latents, []
    verdicts: list[Verdict] = []
    for total, added in zip(seen.totals, seen.added(), strict=True):
        levels = channel_levels(added)
        gaps = [float(values.diff().median()) for values in levels or [] if len(values) > 1]
        if gaps:
            ratio = _rms(residual) / (sum(gaps) / len(gaps))
            verdicts.append("yellow" if ratio < _WEAK_SIGNAL else "green")
            words.append(f"{ratio:.2f}")
        else:
            words.append("–")
        residual = seen.latents - total
    if not verdicts:
        return _no_levels("signal ÷ spacing", seen)
    return Line(
        "signal ÷ spacing",
        worst(verdicts),
        " · ".join(words),
        f"{seen.sample}, by stage, before any bounding of its own",
        "a signal far below one spacing says little more than a sign: condition the stage"
        if worst(verdicts) != "green"
        else "",
    )


def stage_parts(seen: Seen) -> Line:
    """What each stage adds, and what it leaves."""
    check = "what each stage adds"
    if not seen.totals or seen.latents is None:
        return _no_totals(check, seen)
    whole = max(_rms(seen.latents), 1e-12)
    left = whole
    verdicts: list[Verdict] = []
    words = []
    for total, added in zip(seen.totals, seen.added(), strict=True):
        part, after = _rms(added), _rms(seen.latents - total)
        verdicts.append("red" if part <= _NOTHING * whole else "yellow" if after >= left else "green")
        words.append(f"+{part / whole:.3g} leaves {after / whole:.3g}")
        left = after
    cure = {
        "red": "a stage that adds nothing costs its bits all the same: see whether its codes reach the sum",
        "yellow": "a stage that leaves more than it got makes things worse: see its scale",
        "green": "",
    }[worst(verdicts)]
    return Line(check, worst(verdicts), " · ".join(words), f"{seen.sample}, RMS as a share of the latents'", cure)


def _of_first_stage(seen: Seen) -> list[Tensor] | None:
    return channel_levels(seen.added()[0]) if seen.totals else None


def _no_levels(check: str, seen: Seen) -> Line:
    return Line(
        check, "green", "no levels per channel to be seen (a learned codebook, or normalised by image)", seen.sample
    )


def _no_totals(check: str, seen: Seen) -> Line:
    return Line(
        check,
        "yellow",
        "cannot be seen: nothing tells what the first indices stand for alone",
        seen.sample,
        "let decode take the first k of the S indices",
    )


def _rms(values: Tensor) -> float:
    return float(values.square().mean().sqrt())

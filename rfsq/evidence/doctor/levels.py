"""Levels per channel, and what each stage does to the signal."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rfsq.evidence.doctor.grids import ChannelLevels
from rfsq.evidence.doctor.line import Line, Verdict, counted, worst
from rfsq.evidence.doctor.seen import Seen
from rfsq.evidence.statements import HALF_SPACING
from rfsq.style.wording import MISSING, format_share

_NOTHING = 1e-6  # of the signal
_STILL, _OFF = 0.01, 2  # of the largest deviation; deviations from 0
_SHOWN = 16  # channels


def saturation(seen: Seen) -> Line:
    """How many values lie at the outermost levels of their channel, in the first stage."""
    levels = _first_levels("saturation", seen)
    if isinstance(levels, Line):
        return levels
    verdicts: list[Verdict] = []
    shares = []
    for channel in levels:
        share = channel.outermost_share
        even = 1 - 2 / channel.in_use if channel.in_use > 2 else 0.0  # share of the inner levels, were all alike
        inner = 1 - share
        verdicts.append("green" if not even or inner >= 0.5 * even else "red" if inner < 0.05 * even else "yellow")
        shares.append(format_share(share))
    return Line(
        "saturation",
        worst(verdicts),
        f"at an outermost level: {_by_channel(shares)}",
        f"{seen.sample}, {_how(seen)}",
        "" if worst(verdicts) == "green" else "scale the latents down before rounding, or bound them softly (tanh)",
    )


def dead_levels(seen: Seen) -> Line:
    """Levels that no value falls to, in the first stage."""
    levels = _first_levels("dead levels", seen)
    if isinstance(levels, Line):
        return levels
    words, dead = [], 0
    for channel, found in enumerate(levels):
        stated = seen.levels is not None and len(seen.levels) == len(levels)
        count = seen.levels[channel] if stated and seen.levels is not None else found.count
        dead += max(0, count - found.in_use)
        words.append(f"{found.in_use} of {count}")
    return Line(
        "dead levels",
        "yellow" if dead else "green",
        f"in use: {_by_channel(words)}",
        f"{seen.sample}, {_how(seen)}",
        "levels that nothing falls to cost bits: scale the latents up, or take fewer levels" if dead else "",
    )


def signal_to_spacing(seen: Seen) -> Line:
    """RMS of what enters each stage, in distances between its levels."""
    if not seen.totals or seen.latents is None:
        return _no_totals("signal ÷ spacing", seen)
    ratios = signals(seen)
    words = [MISSING if ratio is None else f"{ratio:.2f}" for ratio in ratios]
    verdicts: list[Verdict] = ["yellow" if ratio < HALF_SPACING else "green" for ratio in ratios if ratio is not None]
    if not verdicts:
        return _no_levels("signal ÷ spacing", seen)
    return Line(
        "signal ÷ spacing",
        worst(verdicts),
        " · ".join(words),
        f"{seen.sample}, by stage, before any bounding of its own",
        "a signal below half a spacing says little more than a sign: condition the stage"
        if worst(verdicts) != "green"
        else "",
    )


def stage_parts(seen: Seen) -> Line:
    """What each stage adds, and what it leaves."""
    check = "what each stage adds"
    if not seen.totals or seen.latents is None:
        return _no_totals(check, seen)
    whole, *remainders = remaining(seen)
    left = whole
    verdicts: list[Verdict] = []
    words = []
    for added, after in zip(seen.added, remainders, strict=True):
        part = _rms(added)
        verdicts.append("red" if part <= _NOTHING * whole else "yellow" if after >= left else "green")
        words.append(f"adds {part / whole:.3g}, leaves {after / whole:.3g}")
        left = after
    cure = {
        "red": "a stage that adds nothing costs its bits all the same: see whether its codes reach the sum",
        "yellow": "a stage that leaves more than it got makes things worse: see its scale",
        "green": "",
    }[worst(verdicts)]
    return Line(check, worst(verdicts), " · ".join(words), f"{seen.sample}, RMS as a share of the latents'", cure)


def signals(seen: Seen) -> list[float | None]:
    """RMS of what enters each stage, in distances between its levels; None for a stage without levels. Empty where latents
    or totals are not known."""
    if not seen.totals or seen.latents is None:
        return []
    found: list[float | None] = []
    for rms, grid in zip(remaining(seen), seen.grids, strict=False):
        gaps = [channel.spacing for channel in grid or () if channel.spacing]
        found.append(rms / (sum(gaps) / len(gaps)) if gaps else None)
    return found


def remaining(seen: Seen) -> list[float]:
    """RMS of the latents, then of what each stage leaves; empty where latents or totals are not known."""
    latents = seen.latents
    if not seen.totals or latents is None:
        return []
    return [max(_rms(latents), 1e-12), *(_rms(latents - total) for total in seen.totals)]


def channel_spread(latents: Tensor) -> Line:
    """Whether every channel of latents (P, D, h, w) moves, around 0."""
    rows = latents.transpose(0, 1).flatten(1)
    deviations, means = rows.std(dim=1, correction=0), rows.mean(dim=1)
    most = float(deviations.max())
    still = int((deviations <= _STILL * most).sum())
    off = int((means.abs() > _OFF * deviations).sum()) if most else 0
    words = [f"deviation by channel {_by_channel([f'{value:.3g}' for value in deviations.tolist()])}"]
    words += [f"{still} of {len(rows)} hardly move"] if still else []
    words += [f"{off} of {len(rows)} lie beside 0, by more than {_OFF} deviations"] if off else []
    tokens = counted(rows.shape[1], "token")
    cure = "a channel that does not move says nothing: see the encoder, or leave it out" if still else ""
    if off and not still:
        cure = "levels lie around 0: take the mean of each channel off before rounding"
    return Line("channels", "yellow" if still or off else "green", "; ".join(words), f"{tokens} of latents", cure)


def _by_channel(words: Sequence[str]) -> str:
    """The words of all channels, of many the first few."""
    more = f" · … ({len(words)} channels)" if len(words) > _SHOWN else ""
    return " · ".join(words[:_SHOWN]) + more


def _how(seen: Seen) -> str:
    return "by channel" if seen.totals else "by channel, which are read off the index, the first changing fastest"


def _no_levels(check: str, seen: Seen) -> Line:
    return Line(
        check,
        "green",
        "no evenly spaced levels per channel to be seen (a learned codebook, or normalised by image)",
        seen.sample,
    )


def _first_levels(check: str, seen: Seen) -> tuple[ChannelLevels, ...] | Line:
    """Those of the first stage, by channel; the line that says why where they cannot be seen or there are none."""
    if not seen.grids:
        return _no_totals(check, seen)
    return _no_levels(check, seen) if seen.grids[0] is None else seen.grids[0]


def _no_totals(check: str, seen: Seen) -> Line:
    return Line(
        check,
        "yellow",
        "cannot be seen: nothing tells what the first indices stand for alone",
        seen.sample,
        "let decode take the first k of the S indices; of tensors, give the quantized latents stage by stage",
    )


def _rms(values: Tensor) -> float:
    return float(values.square().mean().sqrt())

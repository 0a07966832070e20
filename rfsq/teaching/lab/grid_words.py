"""What the numbers of several grids on one photo say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rfsq.quantizers.scalar_grids import GRIDS, GridUse, half_step_shift
from rfsq.style.wording import format_db, format_share, listed

ALIKE_DB = 0.1  # under that, no decimal that is shown tells two apart


def grid_title(pairs: Sequence[tuple[GridUse, GridUse]]) -> str:
    """The reading in a line: how far grids lie apart without and with a free gain. pairs: at gain 1, at the best gain.

    Raises ValueError without a pair.
    """
    if not pairs:
        raise ValueError("there is no grid to speak of")
    if len(pairs) == 1:
        [(fixed, free)] = pairs
        gain = _db(free) - _db(fixed)
        if gain < ALIKE_DB:
            return f"{fixed.grid.label}: the best gain is worth under {format_db(ALIKE_DB)} on these latents"
        return f"{fixed.grid.label}: the best gain, {free.gain:.3g}, is worth {format_db(gain)} on these latents"
    apart = [_apart([pair[place] for pair in pairs]) for place in (0, 1)]
    return f"At gain 1 the {_count(len(pairs))} lie {_gap(apart[0])} apart, each at its best gain {_gap(apart[1])}"


def grid_reading(pairs: Sequence[tuple[GridUse, GridUse]]) -> str:
    """Where the choice of a grid matters, where the encoder's freedom makes it not matter, and what remains.

    pairs: every grid of `GRIDS` at gain 1 and at its best gain, of the same samples and levels. Raises ValueError for
    other grids.
    """
    if [fixed.grid.name for fixed, _ in pairs] != list(GRIDS):
        raise ValueError("the sentences are about all grids")
    fixed, free = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    best, worst = max(fixed, key=_db), min(fixed, key=_db)
    sentences = []
    if _apart(fixed) < ALIKE_DB:
        sentences.append(f"On these latents all five are alike at gain 1, to {format_db(ALIKE_DB)}.")
    else:
        sentences.append(
            f"Without freedom, at gain 1, the choice matters: {best.grid.label} keeps {format_db(best.snr_db)} between "
            f"latents and error, {worst.grid.label} {format_db(worst.snr_db)}."
        )
    sentences += [_with_freedom(fixed, free), _of_ifsq(free), _of_half_step(free)]
    return " ".join(filter(None, sentences))


def _with_freedom(fixed: Sequence[GridUse], free: Sequence[GridUse]) -> str:
    top = max(use.snr_db for use in free)
    alike = [use.grid.label for use in free if top - use.snr_db < ALIKE_DB]
    behind = sorted((use for use in free if top - use.snr_db >= ALIKE_DB), key=_db, reverse=True)
    if not behind:
        before = "" if _apart(fixed) < ALIKE_DB else ": all of the difference was one of gain"
        return f"Where the encoder is free to choose its gain, all five come to {format_db(top)}{before}."
    start = f"Where the encoder is free to choose its gain, {listed(alike)} {_verb(alike, 'come')} to {format_db(top)}"
    gaps = []
    for gap, group in groupby(behind, lambda use: format_db(top - use.snr_db)):
        labels = [use.grid.label for use in group]
        gaps.append(f"{listed(labels)} {_verb(labels, 'stay')} {gap} behind")
    left = _apart(free) / _apart(fixed) if _apart(fixed) else 1.0
    end = f", and {format_share(left)} of the distance between best and worst remain." if left < 1 else "."
    return f"{start}; {listed(gaps)}{end}"


def _verb(names: Sequence[str], plural: str) -> str:
    return plural if len(names) > 1 else plural + "s"


def _of_ifsq(free: Sequence[GridUse]) -> str:
    by_name = {use.grid.name: use for use in free}
    tanh, ifsq = by_name["tanh"], by_name["ifsq"]
    return (
        f"iFSQ's 2σ(1.6z) − 1 is tanh(0.8z): its best gain, {ifsq.gain:.3g}, is tanh's, {tanh.gain:.3g}, divided by 0.8, "
        "and then both cut the same cells."
    )


def _of_half_step(free: Sequence[GridUse]) -> str:
    """Why the half-step shift stays behind, where it does."""
    by_name = {use.grid.name: use for use in free}
    levels, gap = len(by_name["tanh"].values), by_name["tanh"].snr_db - by_name["half-step"].snr_db
    if levels % 2 or not gap >= ALIKE_DB:
        return ""
    return (
        f"The half-step shift cuts the cells of tanh, moved by {half_step_shift(levels):.2f}: an encoder that is free to "
        "move its latents, too, makes up for that."
    )


def _apart(uses: Sequence[GridUse]) -> float:
    return max(map(_db, uses)) - min(map(_db, uses))


def _db(use: GridUse) -> float:
    return min(use.snr_db, 300.0)  # no error at all


def _gap(gap: float) -> str:
    return f"under {format_db(ALIKE_DB)}" if gap < ALIKE_DB else format_db(gap)


def _count(number: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(number, str(number))

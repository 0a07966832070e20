"""What lives of codebooks show, in sentences computed from all seeds: no stronger than these few runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rfsq.style.wording import format_share, listed
from rfsq.teaching.lab.life.methods import METHODS
from rfsq.teaching.lab.life.training import Life

_FSQ, _PLAIN = "fsq", "straight-through"


def readings(lives: Mapping[str, Life]) -> list[str]:
    """What the last frame of every life says, all seeds included: how many codes are used, and, where FSQ is among them,
    whether it needed no trick here. lives: by name of the method, of the same settings. Raises ValueError for none."""
    if not lives:
        raise ValueError("there is no life to read")
    said = [_use(lives)]
    if _FSQ in lives:
        said += [_claim(lives), _errors(lives)]
    return said


def codes_used(life: Life, frame: int = -1) -> np.ndarray:
    """Codes that a measured sample takes, for every seed: (S,) int64."""
    return np.rint(life.usage[:, frame] * life.codes).astype(np.int64)


def _use(lives: Mapping[str, Life]) -> str:
    """ "After 300 steps, of 16 codes are used: by plain VQ 1, by EMA 9 to 10, …; all by …" """
    life = next(iter(lives.values()))
    everything = [METHODS[name].label for name, life in lives.items() if codes_used(life).min() == life.codes]
    others = [
        f"{METHODS[name].label} {whole_range(codes_used(life))}"
        for name, life in lives.items()
        if codes_used(life).min() < life.codes
    ]
    begin = f"After {life.steps[-1]} steps"
    seeds = f"in {'all ' if len(life.usage) > 1 else ''}{len(life.usage)} seeds"
    if not others:
        return f"{begin} {_all_of(everything)} all {life.codes} codes {seeds}."
    words = f"{begin}, codes in use of {life.codes}: {listed(others)}"
    return f"{words}; {_all_of(everything)} all of them {seeds}." if everything else f"{words}."


def _all_of(names: list[str]) -> str:
    return f"{listed(names)} {'uses' if len(names) == 1 else 'use'}"


def _claim(lives: Mapping[str, Life]) -> str:
    """The verdict on use, for these runs."""
    fsq, plain = lives[_FSQ], lives.get(_PLAIN)
    used = codes_used(fsq)
    quote = "“FSQ needs no tricks”: "
    if used.min() == fsq.codes:
        words = f"{quote}as far as use goes, true of these {len(used)} runs at their end"
        settled = _last_unused(fsq)
        if settled is not None:
            words += f" (until step {settled} some code of it was unused)"
        if plain is not None and codes_used(plain).min() == plain.codes:
            late = _last_unused(plain)
            if late is not None and (settled is None or late > settled):
                return f"{words}. Plain VQ gets there, too, but only after step {late}."
            return f"{words}. Plain VQ gets there no later, so this does not tell them apart."
        return f"{words}."
    words = f"{quote}not true here without reserve, it uses {whole_range(used)} of {fsq.codes} codes"
    if plain is not None:
        mine, theirs = codes_used(plain), used
        if theirs.min() > mine.max():
            words += f", more than plain VQ ({whole_range(mine)})"
        elif theirs.max() < mine.min():
            words += f", fewer than plain VQ ({whole_range(mine)})"
        else:
            words += f", plain VQ {whole_range(mine)}"
    return f"{words}."


def _last_unused(life: Life) -> int | None:
    """The last step at which a seed left a code unused; None if there is none."""
    unused = np.flatnonzero(life.usage.min(axis=0) < 1)
    return int(life.steps[unused[-1]]) if len(unused) else None


def _errors(lives: Mapping[str, Life]) -> str:
    """FSQ's error against everyone's; whose range over the seeds overlaps is about level."""
    mine = lives[_FSQ].error[:, -1]
    groups: dict[str, list[str]] = {"lower": [], "about level": [], "higher": []}
    for name, life in lives.items():
        if name == _FSQ:
            continue
        theirs = life.error[:, -1]
        group = "lower" if theirs.max() < mine.min() else "higher" if theirs.min() > mine.max() else "about level"
        groups[group].append(f"{METHODS[name].label} {share_range(theirs)}")
    words = f"Use is not quality. FSQ's squared error is {share_range(mine)} of the source's mean square"
    return "; ".join([words, *(f"{group}: {listed(names)}" for group, names in groups.items() if names)]) + "."


def whole_range(values: np.ndarray) -> str:
    """The smallest and the largest whole number: "9 to 10", or "16" where they are one."""
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def share_range(values: np.ndarray) -> str:
    """The same of shares: "11 % to 12 %"."""
    low, high = format_share(float(values.min())), format_share(float(values.max()))
    return low if low == high else f"{low} to {high}"

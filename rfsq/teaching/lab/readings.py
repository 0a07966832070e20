"""What the Lab's runs say in words: each sentence is computed from the runs that it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rfsq.quantizers import CONDITIONINGS, ConditioningName
from rfsq.style.wording import format_bits, format_share, listed
from rfsq.teaching.lab.runs import LabRun

HERE, ELSEWHERE = "here", "gaussian"  # fitted on other samples of the source that is shown, or on a Gaussian
RunOf = Callable[[ConditioningName, str], LabRun]  # (strategy, HERE or ELSEWHERE) -> its run on the samples shown
_FEW = 0.01  # of the samples: the worst coded ones
_PAIR: tuple[ConditioningName, ...] = ("layernorm", "scale")
_LEVEL = 1.1  # two remainders that differ by less than this factor are "level"


@dataclass(frozen=True)
class Tail:
    """The few samples that are coded worst."""

    share_of_error: float  # of the whole squared error, 0 … 1
    nearest: float  # the larger coordinate of the one that lies nearest to the middle
    rest: float  # RMS of what is left of all the others, as a share of the source's RMS


def tail_of(run: LabRun, share: float = _FEW) -> Tail:
    """The `share` of the samples with the largest errors, and what the others would leave without them."""
    errors = np.square(run.samples.astype(np.float64) - run.coded).mean(axis=1)
    worst = errors > np.quantile(errors, 1 - share)
    reach = np.abs(run.samples).max(axis=1)
    rest = float(np.sqrt(errors[~worst].mean())) / run.rms[0]
    return Tail(
        float(errors[worst].sum() / errors.sum()) if errors.any() else 0.0,
        float(reach[worst].min(initial=np.inf)),
        rest,
    )


def reading(step: str, run_of: RunOf) -> str:
    """What a step of the lesson shows, of the runs on screen. Raises KeyError for a step that does not exist."""
    return READINGS[step](run_of)


def uses_of(run: LabRun) -> str:
    """Cells and what they are worth: "16, 16, 12 and 6 of 16 cells in use, as varied as 15.6, 6.7, … used equally"."""
    cells = listed([str(int((stage.counts > 0).sum())) for stage in run.stages])
    worth = listed([f"{2**stage.entropy_bits:.1f}" for stage in run.stages])
    return f"{cells} of {run.codebook_size} cells in use, as varied as {worth} cells used equally"


def _decay(run_of: RunOf) -> str:
    run = run_of("none", HERE)
    last = run.stages[-1]
    nominal = format_bits(float(np.log2(run.codebook_size)))
    words = f"Stage by stage: {uses_of(run)}. The last stage says {last.entropy_bits:.1f} of {nominal}"
    middle = (len(run.stages) + 1) // 2
    before, after = format_share(run.left[middle]), format_share(run.left[-1])
    if middle == len(run.stages):
        return f"{words}; {after} of the source is left."
    if before == after:
        return f"{words}, and what stage {middle} left, {before} of the source, is left to the end."
    return f"{words}, and the stages after stage {middle} bring what is left of the source from {before} to {after}."


def _scale(run_of: RunOf) -> str:
    none, scale = run_of("none", HERE), run_of("scale", HERE)
    words = (
        f"With the fitted factors scale leaves {format_share(scale.left[-1])} of the source, none {format_share(none.left[-1])}: "
        f"{listed([str(int((s.counts > 0).sum())) for s in scale.stages])} of {scale.codebook_size} cells in use."
    )
    if len(scale.stages) > 1 and scale.left[1] > none.left[1]:
        words += (
            f" After stage 1 alone it is the other way round, {format_share(scale.left[1])} against {format_share(none.left[1])}: "
            "the factors are chosen for the end of the stack."
        )
    return words


def _tail(run_of: RunOf) -> str:
    misfit, fitted = run_of("scale", ELSEWHERE), run_of("scale", HERE)
    tail = tail_of(misfit)
    words = (
        f"With the factors of the Gaussian, scale leaves {format_share(misfit.left[-1])} of this source. The worst {format_share(_FEW)} of the "
        f"samples hold {format_share(tail.share_of_error)} of the error; the others alone would leave {format_share(tail.rest)}. "
        f"With factors fitted to this source it leaves {format_share(fitted.left[-1])}"
    )
    if misfit.left[-1] < _LEVEL * fitted.left[-1]:
        return f"{words}: these factors fit."
    return f"{words}: what breaks a scale is the misfit" + (
        ", more than the tail." if tail.share_of_error > 0.5 else "."
    )


def _layernorm(run_of: RunOf) -> str:
    misfit = {name: run_of(name, ELSEWHERE).left[-1] for name in _PAIR}
    fitted = {name: run_of(name, HERE).left[-1] for name in _PAIR}
    helps = misfit["scale"] > _LEVEL * misfit["layernorm"]
    words = f"With gains and factors of the Gaussian {_against(misfit)}. Fitted to this source {_against(fitted)}. " + (
        "Measuring the spread helps where the remembered one is wrong" if helps else "Measuring the spread gains little"
    )
    return words + ("; fitting helps more." if misfit["layernorm"] > _LEVEL * fitted["layernorm"] else ".")


def _geometric(run_of: RunOf) -> str:
    run = run_of("geometric", HERE)
    others = {name: run_of(name, HERE).left[-1] for name in CONDITIONINGS if name != "geometric"}
    used = [int((stage.counts > 0).sum()) for stage in run.stages]
    cells = (
        f"Every stage uses all {run.codebook_size} cells"
        if min(used) == run.codebook_size
        else f"Its stages use {listed([str(count) for count in used])} of {run.codebook_size} cells"
    )
    best = min(others, key=lambda name: others[name])
    words = f"{cells}, and geometric leaves {format_share(run.left[-1])} of this source; {best}, fitted to it, leaves {format_share(others[best])}"
    tail = tail_of(run)
    if run.left[-1] < others[best]:
        return f"{words}. Nothing was fitted for that."
    if tail.share_of_error < 0.5:
        return f"{words}."
    return (
        f"{words}. The bend costs it the far samples: the worst {format_share(_FEW)}, all beyond {tail.nearest:.1f}, hold "
        f"{format_share(tail.share_of_error)} of the error; the others alone would leave {format_share(tail.rest)}."
    )


READINGS: Mapping[str, Callable[[RunOf], str]] = {
    "decay": _decay,
    "scale": _scale,
    "tail": _tail,
    "layernorm": _layernorm,
    "geometric": _geometric,
}
"""The steps of the lesson, in order, each with what its runs say."""


def _against(left: Mapping[str, float]) -> str:
    """ "layernorm leaves 28 %, scale 32 %", with a word where they are level."""
    (one, mine), (other, theirs) = left.items()
    words = f"{one} leaves {format_share(mine)}, {other} {format_share(theirs)}"
    return f"{words}, about level" if max(mine, theirs) < _LEVEL * min(mine, theirs) else words

"""Readings of the Lab: the numbers in a sentence are those of the runs, and its words follow them to the other side."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from rfsq.quantizers import ConditioningName
from rfsq.style.wording import format_share
from rfsq.teaching.lab import READINGS, LabRun, Stack, draw, fit_stack, reading, run_stack
from rfsq.teaching.lab.readings import HERE, tail_of


@cache
def runs_of(source: str, stages: int = 4) -> Callable[[ConditioningName, str], LabRun]:
    @cache
    def run_of(name: ConditioningName, fitted: str) -> LabRun:
        fit = draw(source if fitted == HERE else fitted, 4000, 0)  # type: ignore[arg-type]
        return run_stack(fit_stack(Stack("fsq", name, 4, stages), fit), draw(source, 4000, 1))  # type: ignore[arg-type]

    return run_of


@pytest.mark.parametrize("source", ["gaussian", "heavy-tailed"])
@pytest.mark.parametrize("step", READINGS)
def test_every_step_of_the_lesson_says_a_sentence_of_its_runs(step: str, source: str) -> None:
    words = reading(step, runs_of(source))
    assert words.endswith(".") and "nan" not in words and "inf" not in words


def test_decay_counts_cells_and_what_they_are_worth() -> None:
    words, run = reading("decay", runs_of("gaussian")), runs_of("gaussian")("none", HERE)
    assert "16, 16, 12 and 6 of 16 cells in use" in words
    assert f"{2 ** run.stages[1].entropy_bits:.1f}" in words and "The last stage says 2.0 of 4" in words
    assert f"from {format_share(run.left[2])} to {format_share(run.left[4])}" in words
    assert "is left to the end" in reading("decay", runs_of("uniform"))


def test_scale_is_held_against_none_at_the_end_and_after_stage_1() -> None:
    words = reading("scale", runs_of("gaussian"))
    scale, none = (runs_of("gaussian")(name, HERE) for name in ("scale", "none"))
    assert f"scale leaves {format_share(scale.left[-1])} of the source, none {format_share(none.left[-1])}" in words
    assert "the other way round" in words and "the other way round" not in reading("scale", runs_of("ring"))


def test_the_misfit_is_told_from_the_tail() -> None:
    assert "the misfit, more than the tail" in reading("tail", runs_of("heavy-tailed"))
    assert reading("tail", runs_of("ring")).endswith("is the misfit.")
    assert "these factors fit" in reading("tail", runs_of("gaussian"))


def test_layernorm_helps_where_the_remembered_spread_is_wrong() -> None:
    assert "helps where the remembered one is wrong; fitting helps more" in reading(
        "layernorm", runs_of("heavy-tailed")
    )
    assert "gains little" in reading("layernorm", runs_of("gaussian"))
    assert "about level" in reading("layernorm", runs_of("gaussian"))


def test_geometric_steps_are_read_in_the_domain_of_the_samples() -> None:
    heavy, run = reading("geometric", runs_of("heavy-tailed")), runs_of("heavy-tailed")("geometric", HERE)
    assert "uses all 16 cells" in heavy and f"leaves {format_share(run.left[-1])} of this source" in heavy
    assert run.left[-1] > 0.25 and "costs it the far samples" in heavy
    assert "Nothing was fitted" in reading("geometric", runs_of("gaussian"))


def test_the_worst_samples_hold_the_error_that_they_hold() -> None:
    run = runs_of("heavy-tailed")("geometric", HERE)
    errors = np.square(run.samples - run.coded).mean(axis=1)
    tail = tail_of(run)
    worst = np.sort(errors)[-40:]
    assert tail.share_of_error == pytest.approx(worst.sum() / errors.sum(), rel=1e-3) and tail.share_of_error > 0.9
    assert tail.nearest > 3 and tail.rest < 0.1

"""The Lab's figures say what the runs say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rfsq.figures import (
    DistortionCurve,
    ResidualCurve,
    distortion_rate,
    factor_fit,
    residual_norms,
    stage_cloud,
    stage_use,
)
from rfsq.figures.lab import magnification
from rfsq.figures.parts import plain
from rfsq.teaching.lab import LabRun, Stack, draw, fit_by_gradient, fit_stack, run_stack


@pytest.fixture(scope="module")
def runs() -> dict[str, LabRun]:
    fit, shown = draw("gaussian", 1500, 0), draw("gaussian", 1500, 1)
    return {name: run_stack(fit_stack(Stack("fsq", name, 4, 3), fit), shown) for name in ("none", "scale")}  # type: ignore[arg-type]


def curves(runs: dict[str, LabRun]) -> list[DistortionCurve]:
    return [DistortionCurve(name, run.bits(), run.distortion) for name, run in runs.items()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_distortion_is_drawn_over_bits_with_the_bound_and_the_setting_before(
    runs: dict[str, LabRun], theme: str
) -> None:
    bits = [0.0, 6.0, 12.0]
    bound = (bits, [2.0**-b for b in bits])
    ghost = DistortionCurve("none", (0, 2), (1, 0.5))
    figure = distortion_rate(curves(runs), chosen="scale", stage=2, bound=bound, ghost=ghost, theme=theme)  # type: ignore[arg-type]
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["scale"].x) == [0, 4, 8, 12] and list(by_name["scale"].y) == list(runs["scale"].distortion)
    assert list(by_name["stage"].x) == [8]
    assert {"bound", "before"} <= set(by_name)
    names = " ".join(str(note.text) for note in figure.layout.annotations)
    assert "bound D(R)" in names and "before" in names and "none" in names
    needed = -math.log2(runs["scale"].distortion[2])
    assert f"{needed:.2f}" in figure.layout.title.text
    assert "spends 8" in figure.layout.title.text.replace("<br>", " ")


def test_without_a_bound_the_title_says_how_far_the_error_fell(runs: dict[str, LabRun]) -> None:
    assert "brings the error from" in distortion_rate(curves(runs), chosen="none", stage=1).layout.title.text.replace(
        "<br>", " "
    )
    assert "Nothing is coded" in distortion_rate(curves(runs), chosen="none", stage=0).layout.title.text.replace(
        "<br>", " "
    )
    with pytest.raises(ValueError, match="none of the curves"):
        distortion_rate(curves(runs), chosen="geometric", stage=1)


def test_the_cloud_shows_all_samples_the_used_codes_and_the_stage_s_cells(runs: dict[str, LabRun]) -> None:
    run = runs["none"]
    figure = stage_cloud(run, 2, method="none", probe=7)
    residual, codes, probe = figure.data
    np.testing.assert_array_equal(residual.x, run.stages[1].residual[:, 0])
    assert len(codes.x) == (run.stages[1].counts > 0).sum()
    assert (probe.x[0], probe.y[0]) == pytest.approx(tuple(run.stages[1].residual[7]))
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert len(lines) == 6  # three borders in each channel
    fills = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert len(fills) == (run.stages[1].counts > 0).sum()
    assert max(fills, key=lambda shape: shape.opacity).opacity == pytest.approx(0.25)
    with pytest.raises(ValueError, match="stages 1 … 3"):
        stage_cloud(run, 4, method="none")


def test_magnifying_changes_the_ruler_and_prints_by_how_much(runs: dict[str, LabRun]) -> None:
    stage = runs["scale"].stages[2]
    gain = magnification(stage)
    assert gain > 3
    figure = stage_cloud(runs["scale"], 3, method="scale", magnify=True)
    assert figure.layout.xaxis.range[1] == pytest.approx(3.2 / gain)
    assert f"×{gain:.3g}" in figure.layout.xaxis.title.text
    assert stage_cloud(runs["scale"], 3, method="scale").layout.xaxis.range[1] == 3.2


def test_a_few_far_samples_do_not_keep_the_magnified_cloud_a_blob() -> None:
    """Fitted on a Gaussian, shown a source with a tail: 1 % of the samples lie where no late cell reaches."""
    run = run_stack(fit_stack(Stack("fsq", "scale", 4, 4), draw("gaussian", 4000, 0)), draw("heavy-tailed", 4000, 1))
    last = run.stages[3]
    inside = (np.abs(last.residual).max(axis=1) < 3.2 / magnification(last)).mean()
    assert magnification(last) > 10 and 0.95 < inside < 0.99


def test_entropy_per_stage_stands_against_what_a_stage_may_say(runs: dict[str, LabRun]) -> None:
    figure = stage_use(runs)
    assert [trace.name for trace in figure.data] == ["none", "scale"]
    assert list(figure.data[0].y) == [stage.entropy_bits for stage in runs["none"].stages]
    assert figure.layout.shapes[0].y0 == 4
    assert "last stage of none" in figure.layout.title.text.replace("<br>", " ")
    with pytest.raises(ValueError, match="at least one"):
        stage_use({})


def test_a_fit_is_drawn_with_the_grid_s_best_beside_it() -> None:
    *_, fit = fit_by_gradient(Stack("fsq", "scale", 4, 2), draw("uniform", 500, 0), steps=10)
    figure = factor_fit(fit, method="scale", steps=10)
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["stage 2"].y) == fit.factors[:, 1].tolist()
    assert set(by_name["grid 1"].y) == {fit.grid_factors[0]}
    assert list(by_name["RMS left"].y) == fit.rms.tolist()
    assert figure.layout.xaxis.range == (0, 10)
    title = figure.layout.title.text.replace("<br>", " ")
    assert f"In 10 steps the gradient comes down to {plain(fit.rms.min())}, the grid to" in title


def test_residual_chart_takes_a_ghost_that_is_no_longer_than_the_rest() -> None:
    figure = residual_norms(
        [ResidualCurve("none", (1, 0.5, 0.4))], stage=1, whole="source", ghost=ResidualCurve("scale", (2, 1, 0.5, 0.2))
    )
    ghost = next(trace for trace in figure.data if trace.name == "scale")
    assert list(ghost.y) == [1, 0.5, 0.25]  # relative to its own start, cut to two stages
    assert any("before" in str(note.text) for note in figure.layout.annotations)
    assert "of the source" in figure.layout.title.text.replace("<br>", " ")

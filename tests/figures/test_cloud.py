"""The cloud shows a stage as the run has it."""

from __future__ import annotations

import numpy as np
import pytest

from rfsq.figures import stage_cloud
from rfsq.figures.cloud import magnification
from rfsq.teaching.lab import LabRun, Stack, draw, fit_stack, run_stack


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

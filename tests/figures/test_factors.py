"""The chart of a fit says what the fit found."""

from __future__ import annotations

from rfsq.figures import factor_fit
from rfsq.figures.parts import plain
from rfsq.teaching.lab import Stack, draw, fit_by_gradient


def test_a_fit_is_drawn_with_the_grid_s_best_beside_it() -> None:
    *_, fit = fit_by_gradient(Stack("fsq", "scale", 4, 2), draw("uniform", 500, 0), steps=10)
    figure = factor_fit(fit, method="scale", steps=10)
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["stage 2"].y) == fit.factors[:, 1].tolist()
    assert set(by_name["grid 1"].y) == {fit.grid_factors[0]}
    assert list(by_name["RMS left"].y) == fit.rms.tolist()
    assert figure.layout.xaxis.range == (0, 10)
    assert [shape.line.dash for shape in figure.layout.shapes] == [by_name[f"stage {k}"].line.dash for k in (1, 2)]
    title = figure.layout.title.text.replace("<br>", " ")
    assert f"In 10 steps the gradient comes down to {plain(fit.rms.min())}, the grid to" in title

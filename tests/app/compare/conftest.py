"""What the tests of the Compare page share: it runs on tiny models, and tells what it drew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from paths import CHECKPOINTS

from rfsq.app.compare import chart as chart_module, panels
from rfsq.app.viewer import Method
from rfsq.figures.picture_scores import PictureScore


@pytest.fixture(autouse=True)
def use_tiny_zoo(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))


@pytest.fixture
def with_calibrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped checkpoints, whose networks stacks can be fitted to."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))


class Drawn:
    """What the page handed to the viewer and to the chart in its last run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.methods: list[Method] = []
        self.arguments: dict[str, object] = {}
        self.curves: list[object] = []
        self.scores: list[PictureScore] = []
        viewer, chart, signals = panels.show_viewer, chart_module.residual_figure, chart_module.signal_figure
        scored = chart_module.scores_figure

        def show(original: np.ndarray, methods: list[Method], **arguments: object) -> object:
            self.original, self.methods, self.arguments = original, list(methods), arguments
            return viewer(original, methods, **arguments)  # type: ignore[arg-type]

        def residuals(curves: tuple[object, ...], stage: int, relative: bool, theme: str, title: str | None) -> object:
            self.curves, self.chart = list(curves), {"stage": stage, "relative": relative, "title": title}
            return chart(curves, stage, relative, theme, title)  # type: ignore[arg-type]

        def signal(curves: tuple[object, ...], stage: int, theme: str, title: str | None) -> object:
            self.curves, self.chart = list(curves), {"stage": stage, "title": title}
            return signals(curves, stage, theme, title)  # type: ignore[arg-type]

        def scores(pictures: tuple[PictureScore, ...], perceptual: bool, theme: str, title: str) -> object:
            self.scores, self.chart = list(pictures), {"perceptual": perceptual, "title": title}
            return scored(pictures, perceptual, theme, title)  # type: ignore[arg-type]

        monkeypatch.setattr(panels, "show_viewer", show)
        monkeypatch.setattr(chart_module, "residual_figure", residuals)
        monkeypatch.setattr(chart_module, "signal_figure", signal)
        monkeypatch.setattr(chart_module, "scores_figure", scores)

    @property
    def names(self) -> list[str]:
        return [method.name for method in self.methods]

    def emphasized(self) -> list[str]:
        return [curve.method for curve in self.curves if curve.emphasized]  # type: ignore[attr-defined]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)

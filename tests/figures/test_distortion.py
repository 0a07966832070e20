"""The chart of distortion says what the runs say."""

from __future__ import annotations

import math

import pytest

from rfsq.figures import DistortionCurve, distortion_rate
from rfsq.teaching.lab import LabRun


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

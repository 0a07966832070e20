"""The picture of trainings of several lengths."""

import pytest

from rfsq.figures.training_length import training_length

CURVES = {"alone": [(100, 26.0), (400, 29.5), (200, 28.0)], "with a stack": [(100, 22.0), (200, 23.0), (400, 23.5)]}


def test_a_line_for_each_curve_with_the_trainings_in_order_and_their_steps_as_ticks() -> None:
    figure = training_length(CURVES, title="t")
    assert [(trace.name, list(trace.x), list(trace.y)) for trace in figure.data] == [
        ("alone", [100, 200, 400], [26.0, 28.0, 29.5]),
        ("with a stack", [100, 200, 400], [22.0, 23.0, 23.5]),
    ]
    assert figure.layout.xaxis.type == "log" and list(figure.layout.xaxis.tickvals) == [100, 200, 400]
    low, high = figure.layout.yaxis.range
    assert low < 22 and high > 29.5
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert "400 steps: 29.5" in figure.data[0].hovertext[2]
    assert [name in note.text for name, note in zip(CURVES, figure.layout.annotations, strict=True)] == [True, True]


@pytest.mark.parametrize("narrow", [False, True])
def test_names_have_room(narrow: bool) -> None:
    figure = training_length(CURVES, title="t", narrow=narrow)
    assert len(figure.layout.annotations) == 2
    assert (figure.layout.margin.r < 20) == narrow


def test_without_trainings_there_is_no_picture() -> None:
    for curves in ({}, {"alone": []}, {key: [(1, 1.0)] for key in "abc"}):
        with pytest.raises(ValueError, match="one or two curves with trainings"):
            training_length(curves, title="t")

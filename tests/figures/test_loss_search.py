"""The picture of several perceptual terms."""

import pytest

from rfsq.figures.loss_search import TermPoint, term_panels

POINTS = [
    TermPoint("AlexNet", "0.1", 27.8, {"AlexNet": 0.042, "VGG": 0.215}),
    TermPoint("AlexNet", "1", 26.7, {"AlexNet": 0.022, "VGG": 0.215}),
    TermPoint("VGG", "0.1", 27.2, {"AlexNet": 0.126, "VGG": 0.088}),
]


def test_a_panel_for_each_distance_and_a_line_for_each_loss() -> None:
    figure = term_panels(POINTS, title="t")
    assert [(trace.name, trace.yaxis, list(trace.y)) for trace in figure.data] == [
        ("trained on AlexNet", "y", [0.042, 0.022]),
        ("trained on VGG", "y", [0.126]),
        ("trained on AlexNet", "y2", [0.215, 0.215]),
        ("trained on VGG", "y2", [0.088]),
    ]
    assert [[text.split(">")[1].split("<")[0].strip() for text in trace.text] for trace in figure.data[:2]] == [
        ["0.1", "AlexNet × 1"],
        ["VGG × 0.1"],
    ]
    assert figure.layout.yaxis.range[1] > 0.126
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]


def test_panels_stand_below_each_other_on_a_narrow_page() -> None:
    figure = term_panels(POINTS, title="t", narrow=True)
    assert figure.layout.xaxis.domain == figure.layout.xaxis2.domain == (0, 1)
    assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]


def test_points_must_be_measured_alike() -> None:
    with pytest.raises(ValueError, match="measured by the same networks"):
        term_panels([], title="t")
    with pytest.raises(ValueError, match="measured by the same networks"):
        term_panels([POINTS[0], TermPoint("VGG", "1", 27.0, {"VGG": 0.1})], title="t")

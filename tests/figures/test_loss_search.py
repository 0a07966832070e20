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


def test_a_training_that_differs_in_more_than_its_weight_is_hollow_named_and_joined_to_no_other() -> None:
    noisy = TermPoint("AlexNet", "0.1, noise", 26.8, {"AlexNet": 0.062, "VGG": 0.23}, varies=True)
    figure = term_panels([*POINTS, noisy], title="t")
    joined, alone, vgg = figure.data[:3]
    assert list(joined.x) == [27.8, 26.7] and (list(alone.x), list(alone.y)) == ([26.8], [0.062])
    assert "AlexNet × 0.1, noise" in alone.text[0] and vgg.name == "trained on VGG"
    assert alone.marker.symbol == f"{joined.marker.symbol}-open" and alone.marker.color == joined.marker.color
    only = term_panels([noisy], title="t")
    assert len(only.data) == 2, "a mark in each panel, and no empty line"


def test_panels_stand_below_each_other_on_a_narrow_page() -> None:
    figure = term_panels(POINTS, title="t", narrow=True)
    assert figure.layout.xaxis.domain == figure.layout.xaxis2.domain == (0, 1)
    assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]


def test_points_must_be_measured_alike() -> None:
    with pytest.raises(ValueError, match="measured by the same networks"):
        term_panels([], title="t")
    with pytest.raises(ValueError, match="measured by the same networks"):
        term_panels([POINTS[0], TermPoint("VGG", "1", 27.0, {"VGG": 0.1})], title="t")

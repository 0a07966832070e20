"""Widgets: what a notebook cell sends to the reader, and that a moved control redraws the same place."""

import io

import numpy as np
import plotly.graph_objects as go
import pytest
from ipywidgets import Widget
from PIL import Image

from rfsq.figures.parts import base_layout
from rfsq.teaching import widgets


class Screen:
    """Stands for the notebook's page: keeps what is displayed and what replaces it."""

    def __init__(self):
        self.shown, self.updates, self.display_id = [], [], "here"

    def display(self, thing, raw=False, display_id=None):
        self.shown.append(thing)
        return self if display_id else None

    def update(self, bundle, raw, display_id):
        assert display_id == "here"
        self.updates.append(bundle)


@pytest.fixture
def screen(monkeypatch):
    page = Screen()
    monkeypatch.setattr(widgets, "display", page.display)
    monkeypatch.setattr(widgets, "update_display", page.update)
    return page


def chart(stage=1):
    return go.Figure(go.Scatter(y=[1, stage]), base_layout("light", f"Stage {stage} is drawn", 300))


def test_a_figure_goes_out_as_plotly_data_with_its_title_as_text(screen):
    widgets.show(chart(3))
    (bundle,) = screen.shown
    assert bundle[widgets.PLOTLY]["data"][0]["y"] == [1, 3]
    assert bundle["text/plain"] == "Stage 3 is drawn"


def shown_widget(bundle):
    """The controls of what `play` displayed, and the box with its figure."""
    both = Widget.widgets[bundle[widgets.WIDGET]["model_id"]]
    return both.children[0].children, both.children[1]


def drawn(box):
    """The one figure in a box."""
    (output,) = box.outputs
    return go.Figure(output["data"][widgets.PLOTLY]["data"], output["data"][widgets.PLOTLY]["layout"])


def test_a_moved_slider_changes_the_figure_in_its_place(screen):
    widgets.play(chart, stage=range(1, 5))
    (first,) = screen.shown
    (slider,), box = shown_widget(first)
    assert (slider.min, slider.max, slider.value) == (1, 4, 1) and first["text/plain"] == "Stage 1 is drawn"
    assert tuple(drawn(box).data[0].y) == (1, 1) and box.layout.min_height == "300px"
    slider.value = 3
    assert tuple(drawn(box).data[0].y) == (1, 3) and "Stage 3" in drawn(box).layout.title.text


def test_choices_that_are_no_range_become_a_dropdown_in_their_order(screen):
    widgets.play(chart, stage=[5, 3])
    (dropdown,), _ = shown_widget(screen.shown[0])
    assert dropdown.options == (5, 3) and screen.shown[0]["text/plain"] == "Stage 5 is drawn"


def test_a_figure_of_other_traces_takes_the_place_of_the_first(screen):
    widgets.play(lambda bars: go.Figure(go.Bar(y=[1]) if bars else go.Scatter(y=[2])), bars=[False, True])
    (dropdown,), box = shown_widget(screen.shown[0])
    dropdown.value = True
    assert [trace.type for trace in drawn(box).data] == ["bar"]


def test_a_moved_slider_replaces_the_pictures(screen):
    widgets.play_pictures(lambda k: {f"stage {k}": np.zeros((4, 4, 3), np.uint8)}, k=range(1, 3))
    screen.shown[0].children[0].value = 2
    assert [bundle["text/plain"] for bundle in screen.updates] == ["Pictures: stage 2"]


def test_pictures_stand_side_by_side_under_their_captions(screen):
    red, blue = (np.full((20, 30, 3), color, np.uint8) for color in ((255, 0, 0), (0, 0, 255)))
    widgets.show_pictures({"a": red, "b\nsecond line": blue}, zoom=2)
    (bundle,) = screen.shown
    page = np.asarray(Image.open(io.BytesIO(bundle["image/png"])))
    assert (page == (255, 0, 0)).all(axis=2).sum() == 40 * 60 == (page == (0, 0, 255)).all(axis=2).sum()
    assert page.shape[0] == 40 + 2 * 18 + 6 and bundle["text/plain"] == "Pictures: a | b, second line"


def test_a_watched_run_is_drawn_in_one_place(screen):
    widgets.watch(chart(stage) for stage in (1, 2, 3))
    assert len(screen.shown) == 1 and [bundle["text/plain"][:7] for bundle in screen.updates] == ["Stage 3"]
    box = Widget.widgets[screen.shown[0][widgets.WIDGET]["model_id"]]
    assert tuple(drawn(box).data[0].y) == (1, 3)  # while it ran, the same box showed them


def test_controls_without_choices_and_pictures_without_one_are_errors(screen):
    with pytest.raises(ValueError, match="at least one choice"):
        widgets.play(chart, stage=[])
    with pytest.raises(ValueError, match="no picture"):
        widgets.show_pictures({})

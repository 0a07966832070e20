"""Curves of a training run: every column of the log in its panel, other runs in grey behind it."""

import math

import plotly.graph_objects as go
import pytest
from chart_words import names, plain, title, trace
from made_training_log import LOG

from rfsq.figures import training_curves
from rfsq.style.palette import THEMES, style_of


def test_training_curves_draw_each_column_in_its_panel() -> None:
    fig = training_curves(LOG, method="rfsq-4x1024-layernorm")
    panels = {t.name: (t.yaxis, list(t.x), list(t.y)) for t in fig.data}
    assert panels == {
        "loss": ("y", [0, 50, 100], [0.3, 0.1, 0.08]),
        "PSNR": ("y2", [0, 100], [18.0, 25.04]),  # NaN: not measured
        "latent": ("y3", [0, 50, 100], [0.5, 0.45, 0.44]),
        "after stage 1": ("y3", [0, 50], [0.3, 0.2]),  # 0 has no place on a log axis
    }
    assert {t.line.color for t in fig.data} == {style_of("rfsq-4x1024-layernorm").light}
    assert (fig.layout.yaxis.type, fig.layout.yaxis2.type, fig.layout.yaxis3.type) == ("log", None, "log")
    assert sorted(names(fig)) == ["after stage 1", "latent"]
    assert title(fig) == "25.0 dB after 100 steps"


def test_training_curves_give_one_panel_the_whole_height() -> None:
    fig = training_curves(LOG, ceiling=30.0, panels=("psnr",))
    assert {t.yaxis for t in fig.data} == {"y2"} and list(fig.layout.yaxis2.domain) == [0, 1]
    assert fig.layout.xaxis.anchor == "y2" and "yaxis3" not in fig.layout
    assert "fully trained" in names(fig)
    two = training_curves(LOG, ceiling=30.0, panels=("rms", "loss"))
    assert list(two.layout.yaxis.domain) == [0.525, 1] and list(two.layout.yaxis3.domain) == [0, 0.475]
    assert two.layout.xaxis.anchor == "y3" and not two.layout.shapes
    for panels in ((), ("psnr", "perplexity")):
        with pytest.raises(ValueError, match="panels are some of loss, psnr, rms"):
            training_curves(LOG, panels=panels)


def test_the_previous_run_is_a_grey_ghost_behind_the_new_one() -> None:
    fig = training_curves({"step": [1], "loss": [0.2], "psnr_db": [20.0]}, ghost=LOG, theme="dark")
    ghosts = [t for t in fig.data if t.name.startswith("previous run")]
    assert len(ghosts) == 4 and list(fig.data[:4]) == ghosts
    assert {t.line.color for t in ghosts} == {THEMES["dark"].ghost}
    assert title(fig) == "20.0 dB after 1 step; grey: previous run"  # of other crops: no comparison
    same = training_curves({"step": [1], "loss": [0.2], "psnr_db": [20.0]}, ghost=LOG, same_photo=True)
    assert title(same) == "20.0 dB after 1 step; the previous run in grey ended at 25.0 dB"
    other = training_curves({"step": [1], "loss": [0.2], "psnr_db": [20.0]}, ghost=LOG, ghost_photo="Cat")
    assert title(other) == "20.0 dB after 1 step; grey: previous run on Cat"


def test_a_held_out_photo_is_dashed_and_the_ceiling_a_line_with_names_where_they_end() -> None:
    log = LOG | {"held_out_psnr_db": [15.0, 19.0, 22.0]}
    fig = training_curves(log, method="rfsq-4x1024-scale", ceiling=31.0)
    assert set(names(fig)) == {"latent", "after stage 1", "this photo", "held out", "fully trained"}
    assert (trace(fig, "held out").line.dash, trace(fig, "this photo").line.dash) == ("dash", None)
    assert fig.layout.shapes[0].y0 == 31.0 and fig.layout.yaxis2.range[1] > 31.0


def run_of(steps: int, latent: float) -> dict[str, list[float]]:
    """A run with one value all along."""
    step = [float(step) for step in range(1, steps + 1)]
    return {"step": step, "psnr_db": [10 * latent] * steps, "rms_0": [latent] * steps, "rms_1": [latent / 9] * steps}


def places(fig: go.Figure) -> dict[str, tuple[str, float, float]]:
    """Of each name the axis of its place, the place, and the height, as it is on a log axis."""
    return {plain(words.text): (words.xref, words.x, round(words.y, 3)) for words in fig.layout.annotations}


def samples(fig: go.Figure) -> set[str]:
    return {shape.line.color for shape in fig.layout.shapes if shape.xref == "paper" and shape.yref == "y3"}


def test_names_stand_where_their_lines_end_whichever_run_goes_further() -> None:
    grey, own = THEMES["light"].ghost, style_of("scale").light
    short = training_curves(run_of(40, 2.0), ghost=run_of(100, 1.0), method="scale", ceiling=30)
    found = places(short)
    assert found["latent"] == ("x", 40, 0.301) and found["before, latent"] == ("paper", 1, 0.0)
    assert found["after stage 1"][:2] == found["this photo"][:2] == ("x", 40)
    assert found["before, stage 1"][:2] == found["before"][:2] == found["fully trained"][:2] == ("paper", 1)
    assert samples(short) == {grey}
    long = training_curves(run_of(100, 2.0), ghost=run_of(40, 1.0), method="scale")
    assert places(long)["latent"][:2] == ("paper", 1) and places(long)["before, latent"] == ("x", 40, 0.0)
    assert samples(long) == {own}
    in_the_way = places(training_curves(run_of(100, 2.0), ghost=run_of(40, 2.0), method="scale"))
    assert set(in_the_way) == {"latent", "after stage 1"}, "a name would cover the run's own line"


def test_names_have_room_where_one_run_ends_a_little_before_the_other() -> None:
    nearly = training_curves(run_of(85, 2.0), ghost=run_of(100, 1.0), method="scale")
    assert places(nearly)["latent"][:2] == ("x", 85) and nearly.layout.xaxis.range[1] == pytest.approx(85 / 0.75)
    for last, narrow in ((97, False), (40, True)):
        fig = training_curves(run_of(last, 2.0), ghost=run_of(100, 1.0), method="scale", narrow=narrow)
        assert {key: place[:2] for key, place in places(fig).items()} == {
            "latent": ("paper", 1),
            "after stage 1": ("paper", 1),
        }
        assert samples(fig) == {style_of("scale").light}, "a sample tells whose names they are"
    assert not places(training_curves({"step": [1], "loss": [1.0]}, ghost=run_of(9, 1.0), narrow=True))


def test_before_the_first_step_the_grey_lines_have_the_names() -> None:
    fig = training_curves({"step": []}, ghost=LOG, ghost_name="recorded run")
    assert title(fig) == "The recorded run in grey ended at 25.0 dB"
    assert sorted(names(fig)) == ["after stage 1", "latent"]


def test_an_empty_log_is_an_empty_chart_and_a_ragged_one_an_error() -> None:
    assert title(training_curves({"step": []})) == "No step recorded yet"
    assert training_curves({"step": [1], "loss": [math.nan]}).data == ()
    with pytest.raises(ValueError, match="'loss' has 1"):
        training_curves({"step": [1, 2], "loss": [1.0]})
    with pytest.raises(ValueError, match="'step'"):
        training_curves({"loss": [1.0]})

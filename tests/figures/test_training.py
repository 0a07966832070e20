"""Curves of a training run: every column of the log in its panel, other runs in grey behind it."""

import math

import pytest
from chart_words import names, title, trace
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

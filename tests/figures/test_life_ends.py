"""What codebooks come to: a dot for every seed, where its numbers are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import plotly.graph_objects as go
import pytest

from rfsq.figures.life_ends import life_ends
from rfsq.teaching.lab import draw
from rfsq.teaching.lab.life import SEEDS, Life, LifeSettings, learn


@cache
def lives() -> dict[str, Life]:
    settings = LifeSettings(start="corner", frozen_encoder=True)
    names = ("straight-through", "fsq")
    return {name: learn(name, settings, draw("gaussian", 400, 0), draw("gaussian", 300, 1)) for name in names}


def dots(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def test_every_seed_has_a_dot_in_every_panel() -> None:
    figure = life_ends(lives(), floor=0.11)
    for label, life in zip(("plain VQ", "FSQ"), lives().values(), strict=True):
        used, perplexity, error = dots(figure, label)
        np.testing.assert_allclose(used.x, life.usage[:, -1] * 16)
        np.testing.assert_allclose(perplexity.x, life.perplexity[:, -1])
        np.testing.assert_allclose(error.x, life.error[:, -1])
        assert len(used.x) == SEEDS
    low, high = figure.layout.xaxis3.range
    assert all(low <= np.log10(x) <= high for trace in figure.data if trace.xaxis == "x3" for x in trace.x)
    assert figure.layout.shapes[0].x0 == 0.11


def test_the_title_counts_who_uses_all_codes() -> None:
    assert "1 of 2 methods" in life_ends(lives(), floor=0.1).layout.title.text
    dead = {name: replace(life, used=np.zeros_like(life.used)) for name, life in lives().items()}
    assert "0 of 2 methods" in life_ends(dead, floor=0.1).layout.title.text
    assert "FSQ uses all codes" in life_ends({"fsq": lives()["fsq"]}, floor=0.1).layout.title.text.replace("<br>", " ")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_gets_two_panels(theme: str) -> None:
    wide, narrow = (life_ends(lives(), floor=0.1, narrow=narrow, theme=theme) for narrow in (False, True))  # type: ignore[arg-type]
    assert len(wide.data) == 6 and len(narrow.data) == 4
    assert narrow.layout.margin.l < wide.layout.margin.l


def test_without_a_life_there_is_no_chart() -> None:
    with pytest.raises(ValueError, match="at least one"):
        life_ends({}, floor=0.1)

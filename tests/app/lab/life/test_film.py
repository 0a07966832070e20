"""The message to the film, and what it reports."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from rfsq.app.lab.life.film import FilmState, film_payload, film_report, with_report
from rfsq.app.lab.life.settings import LifeView
from rfsq.app.shared.browser.envelope import VERSION, unpack
from rfsq.teaching.lab import draw
from rfsq.teaching.lab.life import METHODS, SEEDS, Life, LifeSettings, learn


@cache
def lives(codes: int = 16) -> dict[str, Life]:
    settings = LifeSettings(codes, "corner", frozen_encoder=True)
    return {name: learn(name, settings, draw("gaussian", 500, 0), draw("gaussian", 300, 1)) for name in ("fsq", "ema")}


def test_the_film_gets_every_frame_of_the_seed_that_is_drawn_and_the_curves_of_all() -> None:
    found, view = lives(), LifeView(methods=("fsq", "ema"), drawn=2, at=45, view="data")
    payload = film_payload(found, view, floor=0.1, command=5)
    assert payload == film_payload(found, view, floor=0.1, command=5)
    kind, header, body = unpack(payload)
    assert kind == "LIFE" and header["command"] == 5 and header["state"] == {"at": 45, "view": "data"}
    assert header["known"] is None
    stepped = film_payload(found, view, floor=0.1, command=6, known=LifeView(at=20))
    assert unpack(stepped)[1]["known"] == {"at": 20, "view": "latents"}
    assert header["drawn"] == 1 and [look["label"] for look in header["methods"]] == ["FSQ", "VQ-EMA"]
    frames, count, codes = len(header["steps"]), header["count"], header["codes"]
    at = 0

    def take(kind: str, *shape: int) -> np.ndarray:
        nonlocal at
        values = np.frombuffer(body, kind, int(np.prod(shape)), at).reshape(shape)
        at += values.nbytes
        return values

    def points(view: str, *shape: int) -> np.ndarray:
        return (take("<u2", *shape, 2) / 32767.5 - 1) * header["spans"][view]

    close = 2e-4
    np.testing.assert_allclose(points("data", count), found["fsq"].samples, atol=close)
    for life in found.values():
        for curve in (life.usage, life.perplexity, life.error):
            np.testing.assert_array_equal(take("<f4", SEEDS, frames), curve)
        np.testing.assert_allclose(points("latents", frames, count), life.latents[1], atol=close)
        np.testing.assert_array_equal(take("u1", frames, count), life.indices[1])
        np.testing.assert_allclose(points("latents", frames, codes), life.marks[1], atol=close)
        np.testing.assert_allclose(points("data", frames, codes), life.decoded[1], atol=close)
        np.testing.assert_array_equal(take("u1", frames, codes), life.used[1])
    assert at == len(body)


def test_the_window_is_square_and_holds_codes_and_nearly_all_points() -> None:
    found = lives()
    _, header, _ = unpack(film_payload(found, LifeView(), floor=0.1, command=1))
    for view, parts in (
        ("latents", [found["ema"].latents[0], found["ema"].marks[0]]),
        ("data", [found["ema"].samples]),
    ):
        window = header["windows"][view]
        for part in parts:
            inside = np.abs(part - [window["x"], window["y"]]).max(axis=-1) <= window["half"]
            assert inside.mean() > 0.985, view


def test_a_message_with_all_methods_and_most_codes_stays_below_a_megabyte() -> None:
    [life] = [lives(64)["ema"]]
    everyone = {name: life for name in METHODS}
    assert len(film_payload(everyone, LifeView(codes=64), floor=0.1, command=1)) < 1_000_000


@pytest.mark.parametrize(
    "said",
    [
        {"command": 4, "at": 10, "view": "data"},
        {"command": 5, "at": -1, "view": "data"},
        {"command": 5, "at": 10**9, "view": "data"},
        {"command": 5, "at": True, "view": "data"},
        {"command": 5, "at": "10", "view": "data"},
        {"command": 5, "at": 10, "view": "<b>"},
    ],
)
def test_a_report_that_is_old_or_makes_no_sense_is_ignored(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, object]
) -> None:
    monkeypatch.setattr("streamlit.session_state", {"life-film": {"report": said | {"version": VERSION}}})
    assert film_report(5) is None


def test_a_report_moves_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"version": VERSION, "command": 5, "at": 43, "view": "data"}
    monkeypatch.setattr("streamlit.session_state", {"life-film": {"report": said}})
    state = film_report(5)
    assert state == FilmState(40, "data")
    assert state is not None and with_report(LifeView(), state) == LifeView(at=40, view="data")

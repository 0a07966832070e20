"""Links to "Codebook life" restore every state, or say what they could not."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings as limits, strategies as st

from rfsq.app.lab.life.lesson import LESSON
from rfsq.app.lab.life.settings import (
    COMMITMENTS,
    CONTROLS,
    RATES,
    START_NAMES,
    VIEWS,
    LifeView,
    read_life_link,
    write_life_link,
)
from rfsq.app.lab.sampled import SOURCE_NAMES
from rfsq.teaching.lab.life import CODE_COUNTS, METHODS, SEEDS, STEPS
from rfsq.teaching.lab.life.training import EVERY

OTHER = LifeView(
    source="photo",
    codes=64,
    start="latents",
    encoder="learns",
    rate=0.03,
    commitment=1.0,
    seed=12,
    methods=("ema", "fsq"),
    channels=(3, 1),
    photo="grass",
    drawn=2,
    view="data",
    at=45,
    hide=("lesson", "more"),
    step="",
)


def read(values: dict[str, str]) -> tuple[LifeView, tuple[str, ...]]:
    return read_life_link({"part": "life"} | values, photos=("cat", "grass"), steps=LESSON.opened_by, latent_channels=5)


@pytest.mark.parametrize("settings", [LifeView(), OTHER, *LESSON.opened_by.values()])
def test_a_link_of_ours_restores_every_value(settings: LifeView) -> None:
    assert read(dict(parse_qsl(write_life_link(settings), keep_blank_values=True))) == (settings, ())


@given(
    source=st.sampled_from(list(SOURCE_NAMES)),
    codes=st.sampled_from(CODE_COUNTS),
    start=st.sampled_from(list(START_NAMES)),
    encoder=st.sampled_from(["learns", "frozen"]),
    rate=st.sampled_from(RATES),
    commitment=st.sampled_from(COMMITMENTS),
    seed=st.integers(0, 9999),
    methods=st.sets(st.sampled_from(list(METHODS)), min_size=1),
    drawn=st.integers(1, SEEDS),
    view=st.sampled_from(VIEWS),
    frame=st.integers(0, STEPS // EVERY),
    hide=st.sets(st.sampled_from(CONTROLS)),
)
@limits(max_examples=50, deadline=None)
def test_any_settings_survive_their_link(methods: set[str], frame: int, hide: set[str], **values: object) -> None:
    shown = tuple(name for name in METHODS if name in methods)
    settings = replace(LifeView(), methods=shown, at=frame * EVERY, hide=tuple(sorted(hide)), step="", **values)  # type: ignore[arg-type]
    assert read(dict(parse_qsl(write_life_link(settings), keep_blank_values=True))) == (settings, ())


@pytest.mark.parametrize(
    ("values", "changed", "words"),
    [
        ({"codes": "5"}, {}, "no choice of codes “5”"),
        ({"codes": "sixteen"}, {}, "no choice of codes"),
        ({"start": "nowhere"}, {}, "no start"),
        ({"encoder": "<b>"}, {}, "no encoder"),
        ({"rate": "nan"}, {}, "no choice of learning rate"),
        ({"methods": "fsq,magic"}, {"methods": ("fsq",)}, "no method “magic”"),
        ({"at": "10000"}, {}, "10000"),
        ({"at": "-5"}, {"at": 0}, "-5"),
        ({"drawn": "9"}, {"drawn": 3}, "9 as the run"),
        ({"view": "x"}, {}, "no view"),
        ({"step": "encoder"}, {"step": ""}, "about another start or encoder"),
        ({"channels": "1,1"}, {}, "two different"),
        ({"v": "7"}, {}, "version 7"),
    ],
)
def test_what_a_link_asks_for_in_vain_is_said(values: dict[str, str], changed: dict[str, object], words: str) -> None:
    settings, notes = read(values)
    assert settings == replace(LifeView(), **changed)  # type: ignore[arg-type]
    assert len(notes) == 1 and words in notes[0]


def test_a_bare_link_to_the_part_opens_the_collapse_and_a_partial_one_drops_its_text_in_silence() -> None:
    assert read({}) == (LifeView(), ())
    settings, notes = read({"start": "data"})
    assert (settings.start, settings.step, notes) == ("data", "", ())


def test_a_step_between_two_frames_is_the_frame_before() -> None:
    assert read({"at": "43"})[0].at == 40


def test_every_step_of_the_lesson_follows_itself_and_no_other() -> None:
    for step in LESSON.steps:
        subject = step.settings.subject()
        assert [other.name for other in LESSON.steps if other.settings.subject() == subject] == [step.name]
        assert step.settings.step == step.name


@pytest.mark.parametrize("bad", ["", "zebra", "99999", "-7", "nan", "9" * 20_000, "\x00\x1b[31m<b>`$\u202e"])
@pytest.mark.parametrize("key", dict(parse_qsl(write_life_link(LifeView()), keep_blank_values=True)))
def test_no_value_of_a_link_is_taken_without_a_check(key: str, bad: str) -> None:
    settings, notes = read({key: bad})
    allowed = bad == "" and key in ("methods", "hide", "step", "channels")  # lists and texts that may be empty
    assert len(notes) == (0 if allowed else 1), notes
    assert all("\x1b" not in note and "<" not in note and len(note) < 200 for note in notes)
    assert dict(parse_qsl(write_life_link(settings))).keys() >= {"codes", "methods"}
    settings.life()  # raises ValueError when a value makes no sense

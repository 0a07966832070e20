"""Links to the Lab restore every state, or say what they could not."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings as limits, strategies as st

from rfsq.app.lab.lesson import LESSON
from rfsq.app.lab.sampled import SOURCE_NAMES
from rfsq.app.lab.settings import CONTROLS, PHASES, SAMPLES, LabSettings, read_lab_link, write_lab_link

PHOTOS = ("cat", "grass")


def read(values: dict[str, str]) -> tuple[LabSettings, tuple[str, ...]]:
    return read_lab_link(values, photos=PHOTOS, steps=LESSON.opened_by, latent_channels=5)


@pytest.mark.parametrize(
    "settings",
    [
        LabSettings(),
        LabSettings(
            source="photo",
            conditioning="layernorm",
            stages=3,
            base="lfq",
            levels=7,
            fitted_on="ring",
            factors=(0.5, 2.0, 8.25),
            entropy=True,
            seed=12,
            channels=(3, 1),
            photo="grass",
            stage=3,
            phase="left",
            magnify=True,
            probe=99,
            hide=("lesson", "more"),
        ),
        *LESSON.opened_by.values(),
    ],
)
def test_a_link_of_ours_restores_every_value(settings: LabSettings) -> None:
    assert read(dict(parse_qsl(write_lab_link(settings), keep_blank_values=True))) == (settings, ())


@pytest.mark.parametrize(
    ("values", "changed", "words"),
    [
        ({"stages": "9"}, {"stages": 8}, "asks for 9 stages"),
        ({"stages": "two"}, {}, "no whole number"),
        ({"levels": "1"}, {"levels": 2}, "asks for 1 levels"),
        ({"source": "<b>"}, {}, "no source"),
        ({"factors": "1,nan,1,1"}, {}, "not numbers"),
        ({"factors": "1,2"}, {}, "2 values for the factors, and 4 are needed. Showing fitted ones."),
        ({"factors": "1,1,1,1e30"}, {}, "not numbers"),
        ({"channels": "1,1"}, {}, "two different"),
        ({"channels": "0.5,1"}, {}, "two different"),
        (
            {"channels": "0,1,2"},
            {},
            "3 values for the channels, and 2 are needed. Showing channels 1 and 2, in links 0 and 1.",
        ),
        ({"channels": "0,5"}, {}, "not numbers from 0 to 4. Showing channels 1 and 2, in links 0 and 1."),
        ({"probe": "5000"}, {"probe": SAMPLES - 1}, "5000"),
        ({"hide": "source,results"}, {"hide": ("source",)}, "no control"),
        ({"v": "7"}, {}, "version 7"),
        ({"part": "<b>"}, {}, "no part of the Lab"),
        ({"photo": "own"}, {}, "sender's own photo"),
        ({"photo": "zebra"}, {}, "no example photo"),
        ({"step": "last"}, {}, "no step"),
        (
            {"step": "decay", "conditioning": "scale"},
            {"conditioning": "scale"},
            "about another conditioning or quantizer",
        ),
    ],
)
def test_wrong_values_are_replaced_and_said(values: dict[str, str], changed: dict[str, object], words: str) -> None:
    settings, notes = read(values)
    assert settings == replace(LabSettings(), **changed)  # type: ignore[arg-type]
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]


@limits(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            sorted(
                {
                    "v",
                    "source",
                    "stages",
                    "levels",
                    "factors",
                    "channels",
                    "probe",
                    "hide",
                    "stage",
                    "phase",
                    "seed",
                    "bits",
                }
            )
        ),
        st.text(max_size=60),
    )
)
def test_whatever_a_link_holds_the_settings_make_sense(values: dict[str, str]) -> None:
    settings, _ = read(values)
    settings.stack()
    assert settings.source in SOURCE_NAMES and settings.phase in PHASES and 1 <= settings.stage <= settings.stages
    assert set(settings.hide) <= set(CONTROLS)

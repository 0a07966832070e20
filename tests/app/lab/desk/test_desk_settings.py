"""Links to the design desk restore every state, or say what they could not."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies as st

from rfsq.app.lab.desk.settings import RANGES, TARGETS, DeskSettings, read_desk_link, write_desk_link

PHOTOS = ("cat", "grass")
NETWORKS = {"continuous-5": 5, "f8-continuous-10": 10}


def read(values: dict[str, str]) -> tuple[DeskSettings, tuple[str, ...]]:
    return read_desk_link(values, photos=PHOTOS, networks=NETWORKS)


@pytest.mark.parametrize(
    "found",
    [
        DeskSettings(),
        DeskSettings("codes", 1000.0, 8, 512, 300, 4, 3, True, 8, "ifsq", 7, "code", "f8-continuous-10", "grass"),
        DeskSettings("bpp", 0.1875, 16),
        DeskSettings("bytes", 6144.0, 4, 640, 480),
        DeskSettings("codes", 2.0**53),
    ],
)
def test_a_link_of_ours_restores_every_value(found: DeskSettings) -> None:
    assert read(dict(parse_qsl(write_desk_link(found)))) == (found, ())


@pytest.mark.parametrize(
    ("values", "changed", "words"),
    [
        ({"target": "watts"}, {}, "no target"),
        ({"value": "0"}, {}, "Showing 12 bits per token"),
        ({"target": "bpp", "value": "nan"}, {"target": "bpp", "value": 0.75}, "Showing 0.75 bits per pixel"),
        ({"stride": "5"}, {}, "no stride"),
        ({"width": "0"}, {"width": 1}, "0 pixels across"),
        ({"dims": "99"}, {"dims": 16}, "99 channels"),
        ({"dims": "x"}, {}, "any number of channels"),
        ({"stages": "-1"}, {"stages": 0}, "-1 stages"),
        ({"all": "yes"}, {}, "all sets"),
        ({"levels": "17"}, {"levels": 16}, "17 levels"),
        ({"grid": "relu"}, {}, "no grid"),
        ({"channel": "6"}, {"channel": 5}, "as the channel"),
        ({"decoder": "oracle"}, {}, "no decoder"),
        ({"network": "<b>"}, {}, "no network"),
        ({"photo": "own"}, {}, "sender's own photo"),
        ({"v": "7"}, {}, "version 7"),
    ],
)
def test_wrong_values_are_replaced_and_said(values: dict[str, str], changed: dict[str, object], words: str) -> None:
    found, notes = read(values)
    assert found == replace(DeskSettings(), **changed)  # type: ignore[arg-type]
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]


def test_twelve_bits_are_said_by_every_target() -> None:
    found = DeskSettings(stride=4, width=256, height=256)
    values = {target: found.aiming_at(target).value for target in TARGETS}
    assert values == {"bits": 12, "codes": 4096, "bpp": 0.75, "bytes": 6144}
    for target in TARGETS:
        other = found.aiming_at(target)
        assert other.bits == 12 and other.of_stage == (target == "codes")
        assert other.aiming_at("bits").value == 12


@given(st.sampled_from(list(TARGETS)), st.floats(0, 1), st.sampled_from(list(TARGETS)))
def test_another_target_never_leaves_its_range(target: str, share: float, other: str) -> None:
    low, high = RANGES[target]
    found = replace(DeskSettings(), target=target, value=low + share * (high - low)).aiming_at(other)
    assert RANGES[other][0] <= found.value <= RANGES[other][1]

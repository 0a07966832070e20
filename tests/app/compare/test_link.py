"""Links restore a view exactly, and whatever else a link holds is repaired with a sentence."""

from __future__ import annotations

from dataclasses import fields, replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings as limits, strategies as st

from rfsq.app.compare.choice import choose
from rfsq.app.compare.link import read_link, write_link
from rfsq.app.compare.settings import CHARTS, EQUAL, EVERY, FAMILIES, PRESETS, VIEWS, Settings
from rfsq.app.shared.working_photo import OWN_PHOTO, SIZES
from rfsq.app.viewer import Place
from rfsq.model.zoo import ZOO

PHOTOS, MODELS, DEVICES = ("cat", "astronaut", "zone-plate"), tuple(ZOO), ("cpu",)


def read(values: dict[str, str], available: tuple[str, ...] = MODELS) -> tuple[Settings, tuple[str, ...]]:
    link = read_link(values, photos=PHOTOS, available=available, devices=DEVICES)
    return link.settings, link.notes


def parsed(link: str) -> dict[str, str]:
    return dict(parse_qsl(link, keep_blank_values=True))


any_settings = st.builds(
    Settings,
    photo=st.sampled_from(PHOTOS),
    size=st.sampled_from(list(SIZES)),
    preset=st.sampled_from(list(PRESETS)),
    family=st.sampled_from(list(FAMILIES)),
    strategy=st.sampled_from([EVERY, "none", "scale", "layernorm", "layernorm-global", "geometric"]),
    stages=st.integers(1, 4),
    view=st.sampled_from(VIEWS),
    models=st.lists(st.sampled_from(MODELS), max_size=4, unique=True).map(tuple),
    device=st.sampled_from(["auto", "cpu"]),
    equal=st.sampled_from(list(EQUAL)),
    chart=st.sampled_from(list(CHARTS)),
).filter(lambda settings: settings.preset != "own" or settings.models)


def test_no_link_is_the_first_view_without_a_word() -> None:
    assert read({}) == (Settings(), ())


@limits(max_examples=60, deadline=None)
@given(any_settings)
def test_a_link_of_ours_restores_every_value(settings: Settings) -> None:
    choice = choose(settings, MODELS)
    shown = replace(settings, stages=min(settings.stages, choice.stages) if choice.shown else settings.stages)
    if choice.strategies:
        shown = replace(shown, strategy=choice.strategy)
    restored, notes = read(parsed(write_link(shown)))
    assert notes == ()
    assert restored == shown


def test_a_link_may_name_the_pictures_that_it_shows_and_no_others() -> None:
    def place(**values: str) -> tuple[Place, tuple[str, ...]]:
        link = read_link(values, photos=PHOTOS, available=MODELS, devices=DEVICES)
        return link.place, link.notes

    shown = {"preset": "conditioning", "conditioning": "scale", "view": "flip"}
    assert place(**shown, picture="rfsq-4x1024-none", zoom="3") == (Place("rfsq-4x1024-none", zoom=3.0), ())
    stages = {"preset": "stages", "conditioning": "none", "family": "2x2048", "stages": "2"}
    assert place(**stages, left="rfsq-2x2048-none@1") == (Place(left="rfsq-2x2048-none@1"), ())
    gone, notes = place(**shown, picture="rfsq-4x1024-layernorm")
    assert gone == Place() and len(notes) == 1


def test_a_link_names_every_setting_and_its_version() -> None:
    assert len(parsed(write_link(Settings()))) == len(fields(Settings)) + 1
    assert parsed(write_link(Settings()))["v"] == "1"


@pytest.mark.parametrize(
    ("values", "name", "repaired", "sentence"),
    [
        ({"stages": "9"}, "stages", 4, "The link asks for 9 stages, this model has 4. Showing 4."),
        ({"stages": "3", "family": "2x2048"}, "stages", 2, "The link asks for 3 stages, this model has 2. Showing 2."),
        ({"stages": "0"}, "stages", 1, "The link asks for 0 stages, this model has 4. Showing 1."),
        ({"stages": "-3"}, "stages", 1, "The link asks for -3 stages, this model has 4. Showing 1."),
        ({"stages": "²"}, "stages", 4, "which is no whole number. Showing 4."),
        ({"stages": "1" * 5000}, "stages", 4, "this model has 4. Showing 4."),
        ({"levels": "99"}, "levels", 16, "The link asks for 99 levels; 2 to 16 are possible. Showing 16."),
        ({"levels": "7"}, "levels", 6, "The link asks for 7 levels, which is not offered. Showing 6."),
        ({"preset": "own"}, "preset", "conditioning", "The link names no model that is here. Showing none"),
        ({"photo": "../../etc/passwd"}, "photo", "cat", "There is no example photo"),
        ({"photo": OWN_PHOTO}, "photo", "cat", "own photo is not in a link"),
        ({"size": "1e9"}, "size", "256", "There is no working size"),
        ({"preset": "<b>x</b>"}, "preset", "conditioning", "There is no preset"),
        ({"family": "9x9"}, "family", "4x1024", "There is no size family"),
        ({"view": "hologram"}, "view", "grid", "There is no view"),
        ({"conditioning": "shampoo"}, "strategy", "all", "There is no conditioning"),
        ({"conditioning": "geometric", "family": "2x2048"}, "strategy", "all", "have no conditioning geometric"),
        ({"device": "cuda"}, "device", "auto", "which this machine does not have"),
        ({"device": "toaster"}, "device", "auto", "There is no device"),
        ({"scale": "log"}, "chart", "relative", "There is no chart"),
        ({"equal": "cents"}, "equal", "bits", "Pictures have no equal"),
        ({"reference": "7"}, "reference", 3, "The link asks for 7 pictures; 1 to 3 are possible. Showing 3."),
        ({"models": "vq-4096,pickle"}, "models", ("vq-4096",), "models that do not exist: pickle"),
        (
            {"models": ",".join(MODELS)},
            "models",
            MODELS[:4],
            f"asks for {len(MODELS)} models. Showing the first 4 that are here.",
        ),
        ({"v": "7"}, "photo", "cat", "The link has version 7, this app knows 1"),
    ],
)
def test_a_wrong_value_is_replaced_and_said(values: dict[str, str], name: str, repaired: object, sentence: str) -> None:
    settings, notes = read(values)
    assert getattr(settings, name) == repaired
    assert len(notes) == 1 and sentence in notes[0]


def test_models_without_a_checkpoint_are_left_out_and_said() -> None:
    settings, notes = read({"models": "vq-4096,lfq-12"}, available=("lfq-12",))
    assert settings.models == ("lfq-12",)
    assert notes == ("vq-4096: no checkpoint on this machine. What is not here is left out.",)


@limits(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(parsed(write_link(Settings())))), st.text(max_size=60)))
def test_any_link_gives_settings_that_a_link_can_hold(values: dict[str, str]) -> None:
    settings, notes = read(values)
    assert read(parsed(write_link(settings))) == (settings, ())
    for note in notes:
        assert len(note) < 200 and not set("<>[]`*_$\\") & set(note), note

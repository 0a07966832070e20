"""Links of the page "Live camera" restore what they were written from."""

from __future__ import annotations

from urllib.parse import parse_qsl

from rfsq.app.live_camera.offered import MODES, Mode
from rfsq.app.live_camera.settings import LiveSettings, read_live_link, with_report, write_live_link

PHOTOS = ("cat", "coffee")


def read(link: str, modes: tuple[Mode, ...] = tuple(MODES)) -> tuple[LiveSettings, str, tuple[str, ...]]:
    return read_live_link(dict(parse_qsl(link, keep_blank_values=True)), photos=PHOTOS, modes=modes)


def test_a_link_restores_every_choice() -> None:
    for settings in (
        LiveSettings(),
        LiveSettings("network", "gain", True, 6, 3, 8, "divider", False, "camera"),
        LiveSettings("trained", "scale", False, 1, 16, 1, "side", True, "picture"),
    ):
        assert read(write_live_link(settings, "coffee")) == (settings, "coffee", ())


def test_every_value_at_fault_has_one_note() -> None:
    wrong = "v=0&photo=x&mode=y&conditioning=z&pair=2&stages=9&levels=7&depth=99&view=a&mirror=b&source=c"
    settings, photo, notes = read(wrong)
    assert (settings, photo, len(notes)) == (LiveSettings(stages=8, depth=8), "cat", 11)
    assert "The link asks for 9 stages, there are 8. Showing 8." in notes


def test_a_mode_without_models_gives_way() -> None:
    settings, _, notes = read("mode=network&conditioning=gain", ("trained",))
    assert settings == LiveSettings("trained") and len(notes) == 2
    assert read("", ("trained",)) == (LiveSettings("trained"), "cat", ())


def test_a_report_of_the_browser_is_believed_as_far_as_it_can_be() -> None:
    first = LiveSettings()
    good = {"mode": "trained", "conditioning": "scale", "pair": True, "stages": 2, "view": "divider", "mirror": False}
    found = with_report(first, good | {"source": "camera"}, tuple(MODES))
    assert found == LiveSettings("trained", "scale", True, 2, view="divider", mirror=False, source="camera")
    for nonsense in (None, [], {}, "x", -1, 99, 1.5, True):
        said = dict.fromkeys(("mode", "conditioning", "stages", "view", "source"), nonsense)
        assert with_report(first, said | {"mirror": True}, tuple(MODES)) == first
    assert with_report(first, good, ("network",)).mode == "network"

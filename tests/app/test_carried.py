"""Photo, conditioning, levels and stages follow the viewer from page to page; the link of a page wins over them."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from app_pages import go_to, open_app, open_at, texts
from paths import CHECKPOINTS
from streamlit.testing.v1 import AppTest

from rfsq.photos.write import encode_png

pytestmark = pytest.mark.slow

CONDITIONING = {"": "strategy-conditioning", "how-it-works": "how-conditioning", "lab": "lab-conditioning"}
PHOTO_PAGES = ("", "how-it-works", "rate-distortion", "train")


@pytest.fixture(autouse=True)
def use_tiny_zoo(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))


def conditioning_on(page: AppTest, path: str) -> str:
    if path == "train":
        return str(page.selectbox(key="train-base").value).removeprefix("rfsq-4x1024-")
    return str(page.segmented_control(key=CONDITIONING[path]).value)


def choose(page: AppTest, path: str, conditioning: str) -> None:
    if path == "train":
        page.selectbox(key="train-base").set_value(f"rfsq-4x1024-{conditioning}").run()
    else:
        page.segmented_control(key=CONDITIONING[path]).set_value(conditioning).run()


def with_own_photo() -> AppTest:
    """Compare with a photo that the person brought."""
    page = open_app()
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    page.file_uploader(key="upload-0").set_value(("mine.png", encode_png(pixels), "image/png")).run()
    return page


@pytest.mark.parametrize(("start", "end"), permutations([*CONDITIONING, "train"], 2))
def test_a_conditioning_that_is_chosen_on_one_page_stands_on_the_others(start: str, end: str) -> None:
    page = open_at(end)  # a page that was seen before follows, too
    go_to(page, start)
    choose(page, start, "geometric")
    assert conditioning_on(go_to(page, end), end) == "geometric"
    choose(page, end, "none")
    assert conditioning_on(go_to(page, start), start) == "none"


def test_compare_stays_as_it_is_where_it_shows_the_conditioning_beside_others() -> None:
    page = open_at("lab")
    choose(page, "lab", "scale")
    assert conditioning_on(go_to(page, ""), "") == "all"


def test_a_page_without_the_conditioning_says_so_and_keeps_it_for_the_next() -> None:
    page = open_at("lab")
    choose(page, "lab", "gain")
    for path in ("how-it-works", "train", ""):
        go_to(page, path)
        assert "The conditioning gain, which you chose before, is not offered here." in texts(page), path
    choose(go_to(page, "how-it-works"), "how-it-works", "geometric")
    assert "not offered here" not in texts(page)
    assert conditioning_on(go_to(page, "lab"), "lab") == "geometric"


def test_what_a_page_shows_by_itself_is_no_choice() -> None:
    page = open_at("how-it-works")
    assert conditioning_on(page, "how-it-works") == "layernorm"
    assert conditioning_on(go_to(page, "lab"), "lab") == "none"


def test_the_person_s_own_photo_stands_on_every_page() -> None:
    page = with_own_photo()
    for path in (*PHOTO_PAGES[1:], *PHOTO_PAGES[:1]):
        go_to(page, path)
        assert page.segmented_control(key="photo").value == "own", path
    assert "Your photo, 80 × 60 pixels" in texts(page)


def test_a_photo_that_is_chosen_on_one_page_stands_on_the_others() -> None:
    page = open_at(PHOTO_PAGES[-1])
    for photo, path in zip(("coffee", "grass", "retina", "cat"), PHOTO_PAGES, strict=True):
        page.segmented_control(key="photo").set_value(photo).run()
        go_to(page, path)
        assert page.segmented_control(key="photo").value == photo


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("", {"preset": "network", "conditioning": "geometric"}),
        ("how-it-works", {"model": "rfsq-4x1024-geometric"}),
        ("lab", {"source": "photo", "conditioning": "geometric"}),
        ("train", {"quantizer": "rfsq-4x1024-geometric"}),
    ],
)
def test_the_link_of_a_page_wins_and_is_followed_from_there(path: str, link: dict[str, str]) -> None:
    page = open_at("lab" if path != "lab" else "train")
    choose(page, "lab" if path != "lab" else "train", "scale")
    page = go_to(page, path, photo="coffee", **link)
    assert page.segmented_control(key="photo").value == "coffee"
    if path:
        assert conditioning_on(page, path) == "geometric"
    other = "how-it-works" if path != "how-it-works" else "train"
    go_to(page, other)
    assert conditioning_on(page, other) == "geometric" or path == ""
    assert page.segmented_control(key="photo").value == "coffee"


def test_a_link_to_one_s_own_photo_is_understood_by_the_session_that_has_it() -> None:
    page = go_to(with_own_photo(), "train", photo="own")
    assert page.segmented_control(key="photo").value == "own" and not page.info


def test_a_class_without_the_strip_of_photos_sees_the_photo_of_the_link() -> None:
    page = open_at("lab", source="photo", photo="coffee", hide="photos")
    assert not [control for control in page.segmented_control if control.key == "photo"]
    assert "tokens of the photo" in texts(page) and page.session_state["lab"].settings.photo == "coffee"


@pytest.fixture
def with_calibrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped checkpoints, whose networks stacks can be fitted to."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))


def stack_on(page: AppTest, path: str) -> tuple[object, object]:
    """Levels and stages."""
    levels, stages = ("levels", "depth") if path == "" else ("how-levels", "how-stages")
    return page.select_slider(key=levels).value, page.slider(key=stages).value


@pytest.mark.usefixtures("with_calibrations")
def test_levels_and_stages_go_from_compare_to_how_it_works_and_back() -> None:
    page = open_app()
    page.select_slider(key="levels").set_value(3).run()
    page.slider(key="depth").set_value(2).run()
    assert stack_on(go_to(page, "how-it-works"), "how-it-works") == (3, 2)
    page.slider(key="how-stages").set_value(5).run()
    assert stack_on(go_to(page, ""), "") == (3, 5)
    assert page.session_state["compare"].stages == 5, "all stages of the stack are shown"
    assert stack_on(go_to(page, "how-it-works"), "how-it-works") == (3, 5)


@pytest.mark.usefixtures("with_calibrations")
def test_a_stack_that_a_page_shows_by_itself_or_cannot_be_had_is_not_taken_over() -> None:
    page = open_at("how-it-works")
    assert stack_on(page, "how-it-works") == (2, 4)
    page = open_app(preset="network", base="vq", levels="2", depth="3")
    assert stack_on(go_to(page, "how-it-works"), "how-it-works") == (2, 4), "VQ has no levels"


@pytest.mark.usefixtures("with_calibrations")
def test_levels_and_stages_of_a_link_win_and_are_taken_over() -> None:
    page = open_app(preset="network", levels="4", depth="3")
    assert stack_on(page, "") == (4, 3)
    assert stack_on(go_to(page, "how-it-works"), "how-it-works") == (4, 3)
    other = open_at("how-it-works", model="continuous-5.fsq-6-s2-scale")
    assert stack_on(other, "how-it-works") == (6, 2)
    assert stack_on(go_to(other, ""), "") == (6, 2)

"""Whatever a link asks for, every page shows its content, and one notice has one note for each parameter at fault."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_pages import open_at, parts
from streamlit.testing.v1 import AppTest

from rfsq.app.compare.link import write_link
from rfsq.app.compare.settings import Settings
from rfsq.app.doctor.settings import DoctorSettings, write_doctor_link
from rfsq.app.how_it_works.settings import TokenSettings, write_token_link
from rfsq.app.lab.settings import LabSettings, write_lab_link
from rfsq.app.live_camera.settings import LiveSettings, write_live_link
from rfsq.app.rate_distortion.settings import RdSettings, write_rd_link
from rfsq.app.train.settings import TrainSettings, write_train_link

pytestmark = pytest.mark.slow

# of a viewer, written by the browser
PLACE = "&picture=original&left=original&right=original&divider=0.3&zoom=3&at=0.2,0.7&pixels=sharp"
LINKS = {  # path of a page: a link of it with all its parameters
    "": write_link(Settings(models=("vq-4096",))) + PLACE,
    "how-it-works": write_token_link(TokenSettings(row=1, column=1, channel=0, step="small")),
    "lab": write_lab_link(LabSettings(source="photo")),
    "train": write_train_link(TrainSettings(), "cat"),
    "rate-distortion": write_rd_link(RdSettings(), "cat") + PLACE,
    "doctor": write_doctor_link(DoctorSettings()),
    "live-camera": write_live_link(LiveSettings(), "cat"),
}
CONTENT = {
    "": "rfsq_viewer",
    "how-it-works": "rfsq_token_explorer",
    "lab": "rfsq_lab_plane",
    "train": "plotly_chart",
    "rate-distortion": "plotly_chart",
    "doctor": "plotly_chart",
    "live-camera": "rfsq_live_camera",
}
LISTS = {"models", "factors", "hide", "step"}  # may be empty
ANY_LENGTH = {
    "codebook",
    "levels",
}  # of the Doctor: lists of as many numbers as there are stages or channels, which no link knows
BAD = {
    "empty": "",
    "unknown": "zebra",
    "out of range": "99999",
    "negative": "-7",
    "not a number": "nan",
    "wrong length": "1,2,3,4,5,6,7,8,9",
    "enormous": "9" * 20_000,
    "control characters": "\x00\x1b[31m<b>`$\u202e",
    "given twice": ["zebra", "nan"],
}


def notes_of(page: AppTest) -> list[str]:
    """The notes of the one notice about the link."""
    folded = [box for box in page.expander if "the link asks for" in box.label.lower()]
    single = [box.value for box in page.info if "link" in box.value.lower()]
    assert len(folded) + len(single) <= 1
    return single if not folded else folded[0].markdown[0].value.removeprefix("- ").split("\n- ")


@pytest.fixture(autouse=True)
def use_tiny_zoo(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if (
        request.node.callspec.params["path"] != "doctor"
    ):  # its examples are of a fitted stack, which tiny models are not
        monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
@pytest.mark.parametrize("path", LINKS, ids=lambda path: path or "compare")
def test_a_link_with_nothing_but_faults_is_one_notice_above_the_page(path: str, value: str | list[str]) -> None:
    keys = [key for key, _ in parse_qsl(LINKS[path], keep_blank_values=True)]
    page = open_at(path, **dict.fromkeys(keys, value))
    notes = notes_of(page)
    assert CONTENT[path] in parts(page) and not page.error and not page.warning
    may_be_empty = LISTS | ANY_LENGTH if path == "doctor" else LISTS
    faulty = [key for key in keys if value or key not in may_be_empty]
    assert 0.7 * len(faulty) <= len(notes) == len(set(notes)) <= len(faulty)
    for note in notes:
        assert "Showing ." not in note and "“”" not in note and len(note) < 200 and note.endswith(".")


@pytest.mark.parametrize("path", LINKS, ids=lambda path: path or "compare")
def test_each_parameter_alone_leaves_the_page_whole(path: str) -> None:
    for number, (key, _) in enumerate(parse_qsl(LINKS[path], keep_blank_values=True)):
        value = list(BAD.values())[1 + number % (len(BAD) - 1)]
        page = open_at(path, **{key: BAD["unknown"] if key in ANY_LENGTH else value})
        assert CONTENT[path] in parts(page) and not page.error and not page.warning
        assert len(notes_of(page)) == 1, key


@pytest.mark.parametrize(
    ("path", "link"),
    [
        (
            "",
            write_link(
                Settings("coffee", "128", "stages", "2x2048", "none", 1, "flip", chart="raw", levels=3, depth=2)
            ),
        ),
        ("how-it-works", write_token_link(TokenSettings("coffee", "rfsq-4x1024-geometric", 5, 6, 3, 2))),
        (
            "lab",
            write_lab_link(
                LabSettings(
                    source="photo",
                    conditioning="scale",
                    stages=3,
                    levels=5,
                    fitted_on="ring",
                    factors=(1.0, 2.5, 4.0),
                    entropy=True,
                    seed=7,
                    channels=(2, 0),
                    photo="coffee",
                    stage=3,
                    phase="left",
                    magnify=True,
                    probe=17,
                    hide=("lesson",),
                )
            ),
        ),
        ("train", write_train_link(TrainSettings("vq-4096", "photo", 300, 77), "coffee")),
        (
            "rate-distortion",
            write_rd_link(
                RdSettings(
                    ("vq-4096", "rfsq-4x1024-layernorm"), "ssim", "128", "4:4:4", "rfsq-4x1024-layernorm", 3, "flip"
                ),
                "coffee",
            ),
        ),
        ("doctor", write_doctor_link(DoctorSettings("bfloat16", 3, "1024", "4,4,4,4,4", "last", "none"))),
        (
            "live-camera",
            write_live_link(
                LiveSettings("trained", "scale", True, 2, 5, 3, view="divider", mirror=False, source="camera"), "coffee"
            ),
        ),
    ],
    ids=LINKS,
)
def test_a_page_that_a_link_opened_offers_the_same_link(path: str, link: str) -> None:
    page = open_at(path, **dict(parse_qsl(link, keep_blank_values=True)))
    assert not notes_of(page)
    buttons = [part.proto for part in page.get("bidi_component") if part.proto.component_name == "rfsq_copy_link"]
    assert [json.loads(button.json)["query"] for button in buttons] == [link]

"""Quantizers that the process was started with, on the Compare page: beside ours at equal bits, and whatever they do, the
page stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_pages import open_app, run_until, texts, whole
from paths import ROOT
from streamlit.testing.v1 import AppTest

from rfsq.app.compare.keep import _csv
from rfsq.app.compare.link import read_link, write_link
from rfsq.app.compare.settings import Settings
from rfsq.app.shared.own_quantizers import own_quantizers
from rfsq.quantizers.foreign import Reference

pytestmark = pytest.mark.slow

Start = Callable[..., None]
OURS = ["continuous-5.fsq-2-s4-none", "continuous-5.fsq-2-s4-layernorm"]


def open_with(drawn: Any, *keys: str, **query: str) -> AppTest:
    """Compare with these own quantizers beside the first stacks, once they are shown."""
    page = open_app(own=",".join(keys), **query)
    return whole(run_until(page, lambda: len(drawn.names) >= 2 + len(keys)))


def line_of(code: str) -> str:
    lines = (ROOT / "tests" / "outside_quantizers.py").read_text(encoding="utf-8").splitlines()
    [number] = [number for number, line in enumerate(lines, start=1) if code in line]
    return str(number)


def claim_of(page: AppTest) -> str:
    return next(str(block.value) for block in page.markdown if "Same network" in str(block.value)).replace(
        "\u202f", " "
    )


def test_an_own_quantizer_stands_beside_ours_with_its_bits_scores_and_fit(start_with: Start, drawn: Any) -> None:
    start_with("examples/own.py:RotatedSigns")
    page = open_with(drawn, "RotatedSigns")
    assert drawn.names == [*OURS, "continuous-5.own1-RotatedSigns"]
    own = drawn.methods[-1]
    assert own.label == "own RotatedSigns" and len(own.frames) == 1
    assert (
        "5\u202fbits/token" in own.frames[0].rate and "0.31" in own.frames[0].rate and "file" not in own.frames[0].rate
    )
    assert "dB" in own.frames[0].scores and "ST" in own.frames[0].scores and own.frames[0].error is not None
    assert "not at equal bits: own RotatedSigns reaches" in claim_of(page) and "with 5 bits" in claim_of(page)
    assert drawn.arguments["pair"] == (OURS[-1], own.name)
    assert "own RotatedSigns 5" in str(drawn.arguments["notice"])
    notes = texts(page)
    assert "nothing to train; one gain before it, the best of 25" in notes and "codebook_size" in notes
    assert "no .rfsq file" in notes and "in one way, for as long as each other" in notes
    assert [curve.method for curve in drawn.curves] == drawn.names

    page.button(key="own-bits-RotatedSigns").click().run()
    assert (page.session_state["levels"], page.session_state["depth"]) == (2, 1)
    assert "same 5 bits: " in claim_of(page), "RotatedSigns against the best of ours"
    assert "own-bits-RotatedSigns" not in [button.key for button in page.button]
    assert drawn.arguments["notice"] is None


def test_its_stages_are_shown_where_its_decoder_tells_them_apart(start_with: Start, drawn: Any) -> None:
    start_with("TwoStages", "Opaque", "WrongDecoder")
    page = open_with(drawn, "TwoStages", "Opaque")
    assert drawn.names == [*OURS, "continuous-5.own1-TwoStages", "continuous-5.own2-Opaque"]
    two, opaque = drawn.methods[-2:]
    assert [len(method.frames) for method in (two, opaque)] == [2, 1]
    assert [frame.rate.split("/")[0] for frame in two.frames] == ["5\u202fbits", "10\u202fbits"]
    assert opaque.frames[0].rate == two.frames[1].rate
    assert (opaque.frames[0].pixels == two.frames[1].pixels).all()
    curves = {curve.method: curve.rms for curve in drawn.curves}
    assert [len(curves[name]) for name in drawn.names[-2:]] == [3, 2]
    assert "own Opaque is one step here, with all its 2 indices: it has no decode that takes the first" in texts(page)
    page.multiselect(key="own-quantizers").set_value(["WrongDecoder"]).run()
    run_until(page, lambda: drawn.names[-1].endswith("WrongDecoder"))
    assert "what it decodes from all its indices is not what it quantized" in texts(page)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "Raises",
            "outside_quantizers.py:LINE(raise RuntimeError), called with latents: RuntimeError: not these latents",
        ),
        ("GivesNan", "NaN or infinity in 1024 of 1024 tokens"),
        ("WrongShape", "quantized latents have the shape of the latents"),
        (
            "CallsExit",
            "outside_quantizers.py:LINE(sys.exit(0)), called with latents: it calls for the end of the process",
        ),
        ("EndsProcess", "outside_quantizers.py:EndsProcess ended its process: exit code 3."),
        ("EndsOnPhotos", "outside_quantizers.py:EndsOnPhotos ended its process: exit code 3."),
        ("AsksForAll", "outside_quantizers.py:LINE(10**15), called with latents: "),
        (
            "Hangs",
            "outside_quantizers.py:Hangs was stopped: it took longer than 12 s (--time-limit); it was at outside_quantizers.py:",
        ),
    ],
)
def test_whatever_its_code_does_ends_in_a_sentence_and_the_page_stands(
    name: str, sentence: str, start_with: Start, drawn: Any
) -> None:
    sentence = re.sub(r"LINE\((.+)\)(?=,)", lambda found: line_of(found[1]), sentence)
    start_with(name, "TwoStages")
    if name == "Hangs":
        own_quantizers()[0].desk._seconds = 12  # with its start; the other has as long as a busy machine needs
    page = open_app(own=name)
    run_until(page, lambda: "cannot be shown" in texts(page))
    assert f"own {name} cannot be shown:" in texts(page) and sentence in texts(page)
    assert drawn.names == OURS
    page.multiselect(key="own-quantizers").set_value([name, "TwoStages"]).run()
    run_until(page, lambda: drawn.names[-1].endswith("TwoStages"))
    assert sentence in texts(page), "it is remembered, not run again"
    page.button(key=f"again-own {name}").click().run()
    run_until(page, lambda: sentence in texts(page))


def test_a_file_that_cannot_be_imported_is_read_again_when_it_is_mended(
    start_with: Start, drawn: Any, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import nowhere_to_be_found\n")
    start_with(Reference(f"{file}:Mine"))
    page = open_app(own="Mine")
    run_until(page, lambda: "cannot be shown" in texts(page))
    assert "mine.py:1, importing" in texts(page) and "nowhere_to_be_found" in texts(page)
    signs = (
        "import torch\nclass Mine(torch.nn.Module):\n    codebook_size = 32\n    size = 0.8\n    def forward(self, z):\n"
        "        up = z > 0\n        return torch.where(up, self.size, -self.size) + z - z.detach(), "
        "(up * 2 ** torch.arange(5)).sum(-1)\n"
    )
    file.write_text(signs)
    run_until(page.run(), lambda: drawn.names[-1].endswith("Mine"))
    first = drawn.methods[-1].frames[0].pixels
    file.write_text(signs.replace("up * 2", "up * 0 + 2"))  # other indices, the same size
    run_until(page.run(), lambda: drawn.names[-1].endswith("Mine"))
    file.write_text(signs.replace("z > 0", "z > 1"))
    run_until(
        page.run(), lambda: drawn.names[-1].endswith("Mine") and (drawn.methods[-1].frames[0].pixels != first).any()
    )


def test_the_table_to_keep_names_place_options_and_fit(start_with: Start, drawn: Any, monkeypatch: Any) -> None:
    kept: list[Any] = []
    monkeypatch.setattr("rfsq.app.compare.page.keep", kept.append)
    start_with("TwoStages")
    open_with(drawn, "TwoStages")
    rows = list(csv.DictReader(io.StringIO(_csv(kept[-1]))))
    own = [row for row in rows if row["method"].endswith("own1-TwoStages")]
    assert [row["stages"] for row in own] == ["1", "2"]
    assert [row["bits_per_token_nominal"] for row in own] == ["5", "10"] and {
        row["rfsq_file_bytes"] for row in own
    } == {""}
    assert "outside_quantizers.py:TwoStages; nothing to train" in own[0]["own_quantizer"]
    assert {row["own_quantizer"] for row in rows if row not in own} == {""}


def test_equal_bytes_goes_by_files_and_says_that_an_own_quantizer_has_none(start_with: Start, drawn: Any) -> None:
    start_with("TwoStages")
    page = open_with(drawn, "TwoStages", equal="bytes")
    run_until(page, lambda: "file" in drawn.methods[0].frames[0].rate)
    assert "own TwoStages, which has no file" in str(drawn.arguments["notice"])


def test_a_link_names_what_the_process_was_started_with_and_nothing_else(
    start_with: Start, drawn: Any, tmp_path: Path
) -> None:
    marker, evil = tmp_path / "it_ran", tmp_path / "evil.py"
    evil.write_text(f"open({str(marker)!r}, 'w')\nclass Evil: pass\n")
    start_with("TwoStages")
    for asked in (f"{evil}:Evil", "evil:Evil", "os:system", "continuous-5.own1-Evil"):
        page = open_app(own=asked)
        assert "This app was started without the quantizer" in texts(page) and drawn.names == OURS
    for asked in (f"{evil}:Evil", "continuous-5.own1-TwoStages", "continuous-5.own2-Evil"):
        page = open_app(preset="own", models=asked)
        assert "models that do not exist" in texts(page)
    assert not marker.exists()
    assert own_quantizers()[0].desk.known_fit("continuous-5") is None, "nor did the link run what it did not ask for"
    settings = Settings(preset="network", strategy="layernorm", own=("TwoStages",))
    parsed = dict(pair.split("=") for pair in write_link(settings).split("&"))
    link = read_link(parsed, photos=["cat"], available=["continuous-5"], devices=["cpu"], own=["TwoStages"])
    assert link.settings == settings and not link.notes


def test_without_a_quantizer_on_the_command_line_there_is_no_control(start_with: Start) -> None:
    start_with()
    page = open_app()
    assert "own-quantizers" not in [box.key for box in page.multiselect]

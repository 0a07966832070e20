"""A photo in full size is computed beside the page, tile by tile, and given up when something else is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from app_pages import open_app
from paths import CHECKPOINTS
from streamlit.testing.v1 import AppTest

from rfsq.app.compare import large
from rfsq.app.shared.slow_work import SlowWork
from rfsq.model.checkpoint import zoo_checkpoint
from rfsq.model.library import open_model
from rfsq.photos.write import encode_png

pytestmark = pytest.mark.slow

NAMES = "vq-4096,fsq-8x8x8x8"


@pytest.fixture
def page(request: pytest.FixtureRequest) -> AppTest:
    """Compare with a photo of 1.6 megapixels, another one for each test, still in a small size."""
    page = open_app(preset="own", models=NAMES)
    rows, columns = np.mgrid[0:1000, 0:1600]
    pixels = np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=-1).astype(np.uint8)
    pixels[0, 0, 0] = len(request.node.name)
    page.file_uploader(key="upload-0").set_value(("large.png", encode_png(pixels), "image/png")).run()
    return page


def test_full_size_is_computed_and_a_small_size_is_there_at_once(page: AppTest, drawn: Any) -> None:
    page.segmented_control(key="size").set_value("full").run()
    assert not page.exception and drawn.original.shape == (1000, 1600, 3)
    assert drawn.names == NAMES.split(",")
    page.segmented_control(key="size").set_value("128").run()
    assert drawn.original.shape == (80, 128, 3) and page.session_state["compare"].work is None


def test_while_it_computes_the_page_says_how_long_and_can_be_left(
    page: AppTest, drawn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large.st, "rerun", large.st.stop)  # one look at it
    monkeypatch.setattr(SlowWork, "wait", lambda self, seconds: False)
    page.segmented_control(key="size").set_value("full").run()
    words = page.get("progress")[0].proto.text
    assert words.startswith("1.6 megapixels, 2 methods: about ") and "per megapixel and method" in words
    work = page.session_state["compare"].work
    page.button(key=large.CANCEL).click().run()
    assert page.segmented_control(key="size").value == "256" and drawn.original.shape == (160, 256, 3)
    assert not work._wanted and page.session_state["compare"].work is None


def test_tiles_are_reported_and_what_a_report_raises_ends_the_work(tiny_zoo: Path) -> None:
    model, image = open_model("fsq-8x8x8x8").model, torch.zeros(1, 3, 600, 1100)
    shares: list[float] = []
    with torch.inference_mode():
        latents = model.encode(image, shares.append)
        assert shares == sorted(shares) and len(shares) > 3 and shares[-1] == 1.0
        with pytest.raises(ZeroDivisionError):
            model.run_decoder(latents, 600, 1100, lambda share: 1 / 0)
    assert zoo_checkpoint("fsq-8x8x8x8").parent == tiny_zoo != CHECKPOINTS

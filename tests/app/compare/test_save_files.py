"""Every picture of the Compare page has an .rfsq file that decodes to its pixels, made when it is asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from file_pages import MODELS, Page
from tiny_models import save_tiny_models

from rfsq.app.compare import save_files
from rfsq.app.shared import working_photo
from rfsq.codec.codec import decompress
from rfsq.style import wording


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_models(tmp_path_factory.mktemp("checkpoints"), MODELS)


@pytest.fixture(autouse=True)
def use_untrained(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(untrained))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(monkeypatch)


def test_every_picture_shown_has_a_file_that_decodes_to_its_pixels(page: Page) -> None:
    page.open(stages="3")
    assert list(page.offers) == [f"file-rfsq-4x1024-{name}-3" for name in ("none", "scale", "layernorm")]
    for method, offer in zip(page.methods, page.offers.values(), strict=True):
        assert isinstance(offer.data, bytes)
        np.testing.assert_array_equal(decompress(offer.data).pixels, method.frames[2].pixels)
        size = wording.format_bytes(len(offer.data))
        assert offer.label == f"{method.label}, 3 of 4 stages: {size}"
        assert offer.file_name == f"cat_{method.name}_3of4.rfsq"


def test_stages_side_by_side_have_a_file_each_and_an_unquantized_model_none(page: Page) -> None:
    page.open(preset="stages", conditioning="layernorm")
    assert [offer.file_name for offer in page.offers.values()] == [
        f"cat_rfsq-4x1024-layernorm_{k}of4.rfsq" for k in (1, 2, 3, 4)
    ]
    sizes = [len(offer.data) for offer in page.offers.values() if isinstance(offer.data, bytes)]
    assert len(sizes) == 4 and sizes == sorted(set(sizes))

    page.offers.clear()
    page.open(preset="own", models="vq-4096,continuous-5")
    assert [offer.label.partition(":")[0] for offer in page.offers.values()] == ["VQ-EMA 4096, 1 of 1 stage"]


def test_nothing_is_made_before_it_is_asked_for(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(work: object, name: str, k: int) -> bytes:
        made.append(name)
        return b"made"

    monkeypatch.setattr(save_files, "file_of", make)
    page.open(box=False)
    assert not page.offers and not made
    monkeypatch.setattr(working_photo, "QUICK_PIXELS", 1000)
    page.open()
    assert len(page.offers) == 3 and not made, "a large picture waits for the click"
    offer = page.offers["file-rfsq-4x1024-scale-4"]
    assert offer.label == "RFSQ scale, 4 of 4 stages" and callable(offer.data)
    assert offer.data() == b"made" and made == ["rfsq-4x1024-scale"]


def test_a_file_that_cannot_be_made_is_a_sentence(
    page: Page, untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(untrained, tmp_path, dirs_exist_ok=True)
    (tmp_path / "rfsq-4x1024-scale.tables.safetensors").write_bytes(b"not tables")
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    opened = page.open()
    assert list(page.offers) == ["file-rfsq-4x1024-none-4", "file-rfsq-4x1024-layernorm-4"]
    sentence = (
        "RFSQ scale cannot be saved. rfsq-4x1024-scale.tables.safetensors is truncated or not a safetensors file."
    )
    assert [warning.value for warning in opened.warning] == [sentence]
    monkeypatch.setattr(working_photo, "QUICK_PIXELS", 1000)
    assert len(page.open().warning) == 1, "of a large picture too, before the click"

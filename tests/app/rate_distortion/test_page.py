"""The Rate–distortion page without a browser: every control works, and what is missing is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_gallery import made_gallery
from streamlit.testing.v1 import AppTest
from tiny_models import save_tiny_models

from rfsq.app.rate_distortion.settings import measured_metrics
from rfsq.evidence.files.curves import CurvePoint, FileCurves, curves_file, gallery_file, write_curves
from rfsq.evidence.files.photos import FilePhotos, PhotoPoint, photos_file, write_photos
from rfsq.evidence.low_rates.words import TOGETHER
from rfsq.model.calibration import calibration_path, save_calibration
from rfsq.model.checkpoint import read_info, zoo_checkpoint
from rfsq.style.palette import label_of

NAMES = ("rfsq-4x1024-layernorm", "rfsq-4x1024-grouped", "vq-4096", "continuous-5")


@pytest.fixture()
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkpoints"
    save_tiny_models(folder, NAMES)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(folder))
    return folder


def opened(**query: str) -> AppTest:
    def script() -> None:
        from rfsq.app.rate_distortion.page import rate_distortion_page

        rate_distortion_page()

    page = AppTest.from_function(script, default_timeout=120)
    page.query_params.update({"size": "128"} | query)
    page.run()
    assert not page.exception
    return page


def test_the_page_draws_its_curves_and_every_control_works(checkpoints: Path) -> None:
    page = opened()
    captions = " ".join(caption.value for caption in page.caption)
    assert len(page.get("plotly_chart")) == 1 and "whole files, with header" in captions and "JPEG" in captions
    assert "Not measured for these models yet" in " ".join(info.value for info in page.info)
    said = page.info[0].value
    assert said.startswith("With as many bytes") and "AVIF" in said and "better" in said  # these models are untrained
    assert "of weights besides the file" in said
    page.segmented_control(key="rd-metric").set_value("ssim").run()
    page.segmented_control(key="rd-model").set_value("rfsq-4x1024-layernorm").run()
    page.segmented_control(key="rd-stages-4").set_value(1).run()
    assert not page.exception
    page.segmented_control(key="rd-chroma").set_value("4:4:4").run()
    assert not page.exception
    captions = " ".join(caption.value for caption in page.caption)
    assert "JPEG 4:4:4" in captions and "AVIF 4:4:4" in captions and "JPEG 4:2:0" not in captions
    title = page.get("plotly_chart")[0].proto.spec
    assert "RFSQ 4×1024 layernorm" in title or "layernorm" in title
    page.multiselect(key="rd-models").set_value(["vq-4096"]).run()
    assert not page.exception
    page.multiselect(key="rd-models").set_value([]).run()
    assert "Choose a model above" in page.info[0].value


def test_a_link_restores_the_page(checkpoints: Path) -> None:
    asked = {"models": "vq-4096,rfsq-4x1024-layernorm", "file": "rfsq-4x1024-layernorm", "stages": "2"}
    page = opened(metric="flip", colour="4:4:4", photo="coffee", **asked)
    assert page.multiselect(key="rd-models").value == ["vq-4096", "rfsq-4x1024-layernorm"]
    chosen = [
        page.segmented_control(key=f"rd-{key}").value for key in ("metric", "size", "chroma", "model", "stages-4")
    ]
    assert chosen == ["flip", "128", "4:4:4", "rfsq-4x1024-layernorm", 2]
    assert page.session_state["photo"] == "coffee" and not page.expander
    title = page.get("plotly_chart")[0].proto.spec
    assert "layernorm" in title and "JPEG 4:4:4" in title
    # A model of other stages keeps the choice of its own.
    page.segmented_control(key="rd-model").set_value("vq-4096").run()
    assert not page.exception
    page.segmented_control(key="rd-model").set_value("rfsq-4x1024-layernorm").run()
    assert page.segmented_control(key="rd-stages-4").value == 2


def test_curves_of_the_test_photos_are_drawn_where_they_are(checkpoints: Path) -> None:
    points = tuple(CurvePoint(str(k), 1000.0 * k, 20.0 + k, 0.5, 0.1) for k in range(1, 5))
    write_curves(
        FileCurves("c", "photos", "d", 7, 768.0, {}, {"rfsq-4x1024-grouped": points}, {"jpeg": points}), curves_file()
    )
    page = opened()
    assert len(page.get("plotly_chart")) == 2
    assert "7 photos of `photos`" in " ".join(caption.value for caption in page.caption)
    ended = (*points[:2], *(replace(point, psnr_db=None) for point in points[2:]))
    both = {"rfsq-4x1024-grouped": points, "rfsq-4x1024-layernorm": ended}
    write_curves(FileCurves("c", "photos", "d", 7, 768.0, {}, both, {"jpeg": points}), curves_file())
    captions = " ".join(caption.value for caption in opened().caption)
    assert (
        "Of RFSQ 4×1024 layernorm stages 3 to 4 are not measured in PSNR, dB yet, so its line ends at 20.83 bpp"
        in captions
    )
    unmeasured = opened(models="rfsq-4x1024-grouped", metric="st_lpips")
    assert len(unmeasured.get("plotly_chart")) == 1
    assert "Not measured in ST-LPIPS (AlexNet) on these photos yet" in " ".join(info.value for info in unmeasured.info)


def test_models_for_low_rates_stand_beside_the_larger_photos(checkpoints: Path) -> None:
    save_tiny_models(checkpoints, (TOGETHER,))
    write_curves(made_gallery(), gallery_file())
    page = opened(models=TOGETHER)
    assert "photos of about 512 pixels" in page.subheader[0].value
    assert "2 photos of the gallery" in " ".join(caption.value for caption in page.caption)
    assert len(page.get("plotly_chart")) == 2
    of_gallery = made_gallery().means()
    write_curves(replace(of_gallery, folder="photos", folder_sha256="d", images=7), curves_file())
    page = opened(models=TOGETHER)
    assert [one.value for one in page.subheader[:2]] == [
        "On average over photos of about 512 pixels",
        "On average over the test photos",
    ]
    assert "7 photos of `photos`" in " ".join(caption.value for caption in page.caption)
    assert len(page.get("plotly_chart")) == 3
    # A score that is known of some of the photos is shown over those, and that is said.
    plain = tuple(replace(point, st_lpips_vgg=None) for point in of_gallery.ours[TOGETHER])
    write_curves(
        replace(of_gallery, folder="photos", folder_sha256="d", images=7, ours={TOGETHER: plain}), curves_file()
    )
    some = np.where(np.arange(7) % 3 == 0, 0.25, np.nan)
    point = PhotoPoint("1", 20, np.arange(7) + 1000, {"st_lpips_vgg": some})
    write_photos(FilePhotos("c", "photos", "d", 7, 768.0, {}, {TOGETHER: (point,)}, {}), photos_file())
    page = opened(models=TOGETHER, metric="st_lpips_vgg")
    assert "3 of the 7 photos of `photos`" in " ".join(caption.value for caption in page.caption)


def test_without_models_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    assert "no trained model" in opened().warning[0].value


def test_models_of_larger_blocks_are_one_click_further_and_stand_in_the_link(checkpoints: Path) -> None:
    carrier = save_carrier(checkpoints)
    stacks = [f"{carrier}.vq-1024-s4-none", f"{carrier}.fsq-2-s4-scale"]
    page = opened(photo="coffee")
    assert page.multiselect(key="rd-models").value == ["rfsq-4x1024-grouped", "rfsq-4x1024-layernorm"]
    page.segmented_control(key="rd-blocks").set_value("coarse").run()
    assert not page.exception and page.multiselect(key="rd-models-coarse").options == [
        label_of(name) for name in stacks
    ]
    page.multiselect(key="rd-models-coarse").set_value(stacks[1:]).run()
    assert not page.exception and "f8 RFSQ, 4 stages of 2 levels" in page.get("plotly_chart")[0].proto.spec
    assert "of latents to fit the stack to" in page.info[0].value
    page.segmented_control(key="rd-blocks").set_value("fine").run()  # each size of blocks keeps its choice
    assert page.multiselect(key="rd-models").value == ["rfsq-4x1024-grouped", "rfsq-4x1024-layernorm"]
    link = opened(models=stacks[1], file=stacks[1], stages="2", metric="st_lpips")
    assert link.multiselect(key="rd-models-coarse").value == stacks[1:] and not link.warning
    assert "trained on this score" in link.info[0].value
    assert link.segmented_control(key="rd-stages-4").value == 2


def test_the_pictures_scores_stand_in_a_table_with_both_learned_networks(checkpoints: Path) -> None:
    page = opened(models="vq-4096")
    table = next(html.proto.body for html in page.get("html") if "Picture" in html.proto.body)
    assert all(
        word in table for word in ("VQ-EMA 4096", "JPEG 4:2:0", "AVIF 4:2:0", "ST-LPIPS (AlexNet) ↓", "PSNR, dB ↑")
    )
    assert ("ST-LPIPS (VGG) ↓" in table) == ("st_lpips_vgg" in measured_metrics())


def test_a_curve_that_would_take_minutes_is_not_begun(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfsq.app.rate_distortion.chart._CURVE_PIXELS", {"st_lpips": 64 * 64})
    page = opened(models="vq-4096", metric="st_lpips")
    assert "would take minutes" in page.info[0].value and "64 px" in page.info[0].value
    assert not page.get("plotly_chart")


def save_carrier(folder: Path) -> str:
    """A tiny network of stride 8 with latents to fit stacks to; returns its name."""
    name = "f8-continuous-10-perceptual"
    save_tiny_models(folder, (name,))
    weights = zoo_checkpoint(name)
    latents = torch.randn(8, 10, 4, 4, generator=torch.Generator().manual_seed(0))
    save_calibration(latents, calibration_path(weights), read_info(weights).weights_sha256)
    return name

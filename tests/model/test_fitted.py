"""A stack fitted to a shipped network is a model like any other, and shows what the decay costs."""

import shutil
from pathlib import Path

import pytest
import torch
from paths import CHECKPOINTS

from rfsq import load_model, to_pixels, to_tensor
from rfsq.metrics.image import psnr_db
from rfsq.model import fitted
from rfsq.model.calibration import calibration_path, load_calibration
from rfsq.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint, zoo_checkpoint
from rfsq.model.fitted import fit_stack_to, fits_path, save_fits
from rfsq.model.library import open_model
from rfsq.model.stack import StackSpec
from rfsq.model.token_path import trace_tokens
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within
from rfsq.quantizers.fit import fit

NETWORKS = [name for name, config in ZOO.items() if not config.quantized]


def psnr(name: str) -> float:
    pixels = fit_within(load_example("cat"), 128)
    return float(psnr_db(to_tensor(pixels), to_tensor(to_pixels(load_model(name).reconstruct(to_tensor(pixels))))))


def test_without_conditioning_two_levels_stay_poor_and_conditioned_ones_do_not() -> None:
    scores = {name: psnr(f"continuous-5.fsq-2-s4-{name}") for name in ("none", "gain", "scale", "geometric")}
    assert scores["none"] < 22 < scores["gain"] < scores["scale"] - 3
    assert abs(scores["scale"] - scores["geometric"]) < 1.5
    assert psnr("continuous-5.fsq-2-s8-none") < scores["none"] + 1.5  # more stages do not help none


@pytest.mark.parametrize("levels", [3, 4, 8])
def test_with_one_stage_the_scale_is_the_best_single_gain(levels: int) -> None:
    factors = []
    for conditioning in ("gain", "scale"):
        quantizer = load_model(f"continuous-5.fsq-{levels}-s1-{conditioning}").quantizer
        assert quantizer is not None
        factors.append(quantizer.parts[0].conditioning.factor)
    assert factors[1] == pytest.approx(factors[0], rel=2e-3)  # half precision


def test_it_is_saved_and_opened_like_any_checkpoint(tmp_path: Path) -> None:
    model = load_model("continuous-5.fsq-3-s2-layernorm-global")
    save_checkpoint(model, tmp_path / "mine.safetensors", training={})
    again = load_checkpoint(tmp_path / "mine.safetensors").model
    images = to_tensor(fit_within(load_example("cat"), 64))
    assert torch.equal(again.quantize(again.encode(images)).indices, model.quantize(model.encode(images)).indices)
    assert torch.equal(again.reconstruct(images), model.reconstruct(images))


def test_its_token_path_ends_in_its_picture() -> None:
    model = load_model("continuous-5.fsq-2-s4-geometric")
    pixels = fit_within(load_example("cat"), 64)
    path = trace_tokens(model, pixels)
    assert (path.pictures[-1] == to_pixels(model.reconstruct(to_tensor(pixels)))).all()


def test_codebooks_are_kept_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CACHE", str(tmp_path))
    shares: list[float] = []
    first = open_model("continuous-4.vq-32-s2-none", shares.append)
    assert shares and len(list(tmp_path.iterdir())) == 2
    again = open_model("continuous-4.vq-32-s2-none", lambda share: pytest.fail("fitted again"))
    assert first.info.weights_sha256 == again.info.weights_sha256
    next(tmp_path.glob("*.safetensors")).write_bytes(b"damaged")
    assert open_model("continuous-4.vq-32-s2-none").info.weights_sha256 == first.info.weights_sha256


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_its_calibration(name: str) -> None:
    checkpoint = load_checkpoint(zoo_checkpoint(name))
    calibration = load_calibration(zoo_checkpoint(name), checkpoint.info.weights_sha256, checkpoint.model.config.dim)
    z = calibration.standardized
    torch.testing.assert_close(z.mean(dim=(0, 2, 3)), torch.zeros(z.shape[1]), atol=1e-4, rtol=0)
    torch.testing.assert_close(z.std(dim=(0, 2, 3)), torch.ones(z.shape[1]), atol=1e-3, rtol=0)


def test_wrong_names_and_files_are_one_sentence(tmp_path: Path) -> None:
    for name, why in {
        "continuous-5.fsq-1-s4-none": "levels",
        "continuous-6.fsq-2-s4-none": "no model is called",
        "vq-4096.fsq-2-s4-none": "has one",
        "continuous-5.fsq-2-s4-batchnorm": "conditioning",
    }.items():
        with pytest.raises(CheckpointError, match=why):
            load_model(name)
    weights = tmp_path / "continuous-5.safetensors"
    with pytest.raises(CheckpointError, match="no stack can be fitted"):
        load_calibration(weights, "", 5)
    content = calibration_path(zoo_checkpoint("continuous-5")).read_bytes()
    calibration_path(weights).write_bytes(content)
    with pytest.raises(CheckpointError, match="other weights"):
        load_calibration(weights, "0" * 64, 5)
    for damaged in (b"", content[:100], content[:-1]):
        calibration_path(weights).write_bytes(damaged)
        with pytest.raises(CheckpointError, match="truncated"):
            load_calibration(weights, "", 5)


def test_fits_that_are_kept_are_used_and_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for suffix in ("safetensors", "json", "calibration.safetensors"):
        shutil.copy(CHECKPOINTS / f"continuous-4.{suffix}", tmp_path)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    specs = [StackSpec("fsq", (3,), stages=2, conditioning=name) for name in ("layernorm-global", "none")]
    fresh = [fit_stack_to("continuous-4", spec).info.weights_sha256 for spec in specs]
    shares: list[float] = []
    file = save_fits("continuous-4", specs, shares.append)
    assert shares == [0.5, 1.0] and file.stat().st_size < 10_000
    with monkeypatch.context() as context:
        context.setattr(fitted, "fit", lambda *_: pytest.fail("fitted again"))
        assert [fit_stack_to("continuous-4", spec).info.weights_sha256 for spec in specs] == fresh
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="truncated"):
        fit_stack_to("continuous-4", specs[0])
    with pytest.raises(ValueError, match="codebooks"):
        save_fits("continuous-4", [StackSpec("vq", codes=8)])


def test_the_fits_that_come_with_the_opening_network_are_those_of_today() -> None:
    spec = StackSpec("fsq", (2,), stages=2, conditioning="gain")
    kept = fit_stack_to("continuous-5", spec).model.quantizer
    again = spec.config(ZOO["continuous-5"]).build_quantizer()
    checkpoint = load_checkpoint(zoo_checkpoint("continuous-5"))
    calibration = load_calibration(zoo_checkpoint("continuous-5"), checkpoint.info.weights_sha256, 5)
    assert kept is not None and again is not None and fits_path(zoo_checkpoint("continuous-5")).is_file()
    fit(again, calibration.standardized)
    for name, value in again.state_dict().items():
        torch.testing.assert_close(kept.state_dict()[name], value, rtol=2e-3, atol=1e-3)

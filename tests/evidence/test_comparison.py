"""Comparison: one encoding gives every stage, and each shows what the model makes of the photo."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from rfsq.evidence.comparison import code_photo, decode_stages, empty_picture, score
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.quantizers.rounding import rms

CPU = torch.device("cpu")
Tiny = Callable[..., ModelConfig]
Photo = Callable[..., np.ndarray]


def build(config: ModelConfig) -> QuantizedAutoencoder:
    torch.manual_seed(0)
    return QuantizedAutoencoder(config).eval()


def test_every_stage_is_what_the_model_reconstructs(tiny: Tiny, photo: Photo) -> None:
    model, pixels = build(tiny(num_stages=3, conditioning="layernorm")), photo(21, 30, 0)
    latents = model.encode(to_tensor(pixels))
    coded = code_photo("mine", model, pixels, latents)
    assert coded.method == "mine" and coded.device == "cpu" and (coded.height, coded.width) == (21, 30)
    output = model.quantize(latents)
    pictures = decode_stages(model, [(model, coded, k) for k in (1, 2, 3)])
    for k, (stage, picture) in enumerate(zip(coded.stages, pictures, strict=True), start=1):
        assert np.array_equal(picture, to_pixels(model.reconstruct(to_tensor(pixels), k)))
        assert np.array_equal(stage.indices, output.indices[0, k - 1].numpy()) and stage.codebook_size == 64
        assert stage.rate == model.rate(21, 30, k)
    assert np.array_equal(coded.side, output.side[0].numpy())
    norms = [output.stages[0].rms_before, *(stage.rms_after for stage in output.stages)]
    assert coded.residual_rms == pytest.approx([float(norm) for norm in norms])
    zeros = model.decode(torch.zeros(1, 3, 6, 8), 21, 30).detach()
    assert np.array_equal(empty_picture(model, 21, 30, CPU), to_pixels(zeros))


def test_what_is_left_is_of_the_latents_for_geometric_steps_too(tiny: Tiny, photo: Photo) -> None:
    model, pixels = build(tiny(num_stages=3, conditioning="geometric")), photo(16, 16, 0)
    latents = 3 * model.encode(to_tensor(pixels)).detach()
    coded = code_photo("mine", model, pixels, latents)
    left = [latents, *(latents - model.quantizer.restore(stage.total) for stage in coded.stages)]
    assert coded.residual_rms == pytest.approx([float(rest.square().mean().sqrt()) for rest in left], rel=1e-5)
    bounded = float(model.quantize(latents).stages[0].rms_before)
    assert coded.residual_rms[0] > 1.02 * bounded


def test_a_stage_says_how_strong_its_signal_is_and_whether_it_overshoots(tiny: Tiny, photo: Photo) -> None:
    model, pixels = build(tiny(num_stages=2, conditioning="none")), photo(16, 16, 0)
    latents = 0.1 * model.encode(to_tensor(pixels)).detach()
    first, second = code_photo("mine", model, pixels, latents).stages
    steps = list(model.quantizer.steps(latents))
    assert first.signal == pytest.approx(float(steps[0].base.rms_in_steps(steps[0].conditioned)))
    assert first.added_share > 1, "4 levels that are 2/3 apart are too coarse for a signal so weak"
    assert second.added_share == pytest.approx(float(rms(steps[1].added) / rms(steps[1].residual)))


@pytest.mark.parametrize("size", [(1, 1), (3, 9)])
def test_a_continuous_model_and_tiny_photos_work(tiny: Tiny, photo: Photo, size: tuple[int, int]) -> None:
    model, pixels = build(tiny("continuous")), photo(*size, 0)
    coded = code_photo("c", model, pixels, model.encode(to_tensor(pixels)))
    (stage,), (picture,) = coded.stages, decode_stages(model, [(model, coded, 1)])
    assert picture.shape == (*size, 3) and stage.rate is None and stage.indices.size == 0 and stage.signal is None
    assert coded.residual_rms == ()


def test_scores_are_those_of_the_pixels_people_see(photo: Photo) -> None:
    original, other = photo(24, 20, 0), photo(24, 20, 1)
    scores = score(original, other)
    error = (original.astype(float) - other) / 127.5
    assert scores.l1 == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert scores.psnr_db == pytest.approx(10 * math.log10(4 / (error**2).mean()), rel=1e-5)
    assert 0 < scores.flip <= 1 and scores.flip_error.shape == (24, 20)
    assert scores.flip == pytest.approx(float(scores.flip_error.mean()), rel=1e-4)
    assert math.isnan(scores.ms_ssim) and scores.ssim < 1
    same = score(original, original)
    assert (same.psnr_db, same.l1, same.flip) == (math.inf, 0, 0) and same.ssim == pytest.approx(1)

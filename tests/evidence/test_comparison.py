"""Comparison: one encoding gives every stage, and each shows what the model makes of the photo."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from rfsq.evidence.comparison import run_method, score
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_pixels, to_tensor

CPU = torch.device("cpu")
Tiny = Callable[..., ModelConfig]
Photo = Callable[..., np.ndarray]


def build(config: ModelConfig) -> QuantizedAutoencoder:
    torch.manual_seed(0)
    return QuantizedAutoencoder(config).eval()


def test_every_stage_is_what_the_model_reconstructs(tiny: Tiny, photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    model, pixels = build(tiny(num_stages=3, conditioning="layernorm")), photo(21, 30, 0)
    encodings: list[Tensor] = []
    encode = model.encode
    monkeypatch.setattr(model, "encode", lambda images: (encodings.append(images), encode(images))[1])
    result = run_method("mine", model, pixels, CPU)
    assert len(encodings) == 1 and result.method == "mine" and result.device == "cpu"
    output = model.quantize(encode(to_tensor(pixels)))
    for k, stage in enumerate(result.stages, start=1):
        assert np.array_equal(stage.pixels, to_pixels(model.reconstruct(to_tensor(pixels), k)))
        assert np.array_equal(stage.indices, output.indices[0, k - 1].numpy()) and stage.codebook_size == 64
        assert stage.rate == model.rate(21, 30, k)
    zeros = model.decode(torch.zeros(1, 3, 6, 8), 21, 30).detach()
    assert np.array_equal(result.start, to_pixels(zeros))
    norms = [output.stages[0].rms_before, *(stage.rms_after for stage in output.stages)]
    assert result.residual_rms == pytest.approx([float(norm) for norm in norms])


@pytest.mark.parametrize("size", [(1, 1), (3, 9)])
def test_a_continuous_model_and_tiny_photos_work(tiny: Tiny, photo: Photo, size: tuple[int, int]) -> None:
    result = run_method("c", build(tiny("continuous")), photo(*size, 0), CPU)
    (stage,) = result.stages
    assert stage.pixels.shape == (*size, 3) and stage.rate is None and stage.indices.size == 0
    assert result.residual_rms == ()


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

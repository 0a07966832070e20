"""The path of a token is the one that the package's quantizers take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from tiny_models import tiny_model

from rfsq import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.token_path import edge_token, missing, telling_channel, trace_tokens
from rfsq.model.zoo import ZOO
from rfsq.photos.pixels import to_tensor

Photo = Callable[..., np.ndarray]


def not_neutral(name: str) -> QuantizedAutoencoder:
    """With factors other than 1 and biases other than 0, as training leaves them."""
    model = tiny_model(name)
    assert model.quantizer is not None
    with torch.no_grad():
        for number, parameter in enumerate(model.quantizer.parameters()):
            parameter.add_(0.3 + 0.1 * number)
    return model


@pytest.mark.parametrize("name", [name for name in ZOO if ZOO[name].quantized])
def test_the_stages_add_up_to_what_the_quantizer_gives(name: str, photo: Photo) -> None:
    model, pixels = tiny_model(name), photo(22, 30, 0)
    path = trace_tokens(model, pixels)
    with torch.inference_mode():
        output = model.quantize(model.encode(to_tensor(pixels)))
    added = np.sum([stage.step for stage in path.stages], axis=0, dtype=np.float64)
    np.testing.assert_array_equal(path.stages[-1].total, output.quantized[0].numpy())
    np.testing.assert_allclose(added, output.quantized[0].numpy(), atol=1e-5)
    np.testing.assert_array_equal(np.stack([stage.indices for stage in path.stages]), output.indices[0].numpy())
    for before, after in zip(path.stages, path.stages[1:], strict=False):
        np.testing.assert_array_equal(before.remainder, after.residual)
    assert path.bits(len(path.stages)) == pytest.approx(model.quantizer.bits_per_token)
    assert len(path.pictures) == len(path.stages) + 1


@pytest.mark.parametrize("name", ["rfsq-4x1024-layernorm", "rfsq-4x1024-layernorm-global", "rfsq-4x1024-scale"])
def test_the_statistics_make_the_conditioned_values(name: str, photo: Photo) -> None:
    for stage in trace_tokens(not_neutral(name), photo(24, 24, 1)).stages:
        assert stage.statistics.get("scale", (2.0,)) != (1.0,)
        s = {key: np.float32(value).reshape(-1, 1, 1) for key, value in stage.statistics.items()}
        expected = (
            stage.residual * s["scale"]
            if "scale" in s
            else (stage.residual - s["mean"]) / s["std"] * s["gain"] + s["bias"]
        )
        np.testing.assert_allclose(stage.conditioned, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in ZOO if ZOO[name].quantized])
def test_every_step_is_one_of_the_undone_levels(name: str, photo: Photo) -> None:
    for stage in trace_tokens(not_neutral(name), photo(18, 22, 2)).stages:
        for channel in range(len(stage.levels)):
            assert stage.digits is not None
            expected = stage.undone_levels(channel)[stage.digits[channel]]
            np.testing.assert_allclose(stage.step[channel], expected, rtol=1e-4, atol=1e-4)


def test_the_chosen_token_lies_on_the_edge() -> None:
    pixels = np.zeros((32, 40, 3), np.uint8)
    pixels[13, 22:24] = 255
    assert edge_token(pixels, 4) == (3, 5)


def test_a_continuous_model_has_no_path(photo: Photo) -> None:
    with pytest.raises(ValueError, match="does not quantize"):
        trace_tokens(tiny_model("continuous-4"), photo(16, 16, 0))


@pytest.mark.parametrize("conditioning", ["none", "layernorm", "geometric"])
def test_what_is_missing_is_what_the_decoder_does_not_get(conditioning: str, photo: Photo) -> None:
    model = load_model(f"continuous-5.fsq-2-s2-{conditioning}")
    with torch.inference_mode():
        latents = model.encode(to_tensor(photo(24, 32, 0)))
        found = missing(model, latents)
        got = model.quantizer.restore(model.quantize(latents).quantized)  # type: ignore[union-attr]  # it has one
    np.testing.assert_allclose(found[-1], (latents - got)[0].numpy(), atol=1e-5)
    stages = trace_tokens(model, photo(24, 32, 0), latents).stages
    if conditioning != "geometric":  # whose stages work on the bounded latent
        np.testing.assert_allclose(found[0], stages[0].remainder, atol=1e-5)


def test_the_telling_channel_gets_small_and_large_again() -> None:
    latents = np.array([0.9, 1.0, 0.3], dtype=np.float32).reshape(3, 1, 1)
    once, twice = latents - 1, latents - np.float32([0, 0, 2]).reshape(3, 1, 1)
    assert telling_channel(latents, [once], 0, 0) == 1
    assert telling_channel(latents, [once, twice], 0, 0) == 1
    assert telling_channel(latents, [once, np.where(latents == 1, 0, twice)], 0, 0) == 0

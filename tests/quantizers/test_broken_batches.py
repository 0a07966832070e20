"""Batches that are empty or hold NaN or infinity: nothing learns from them, indices stay valid, shapes stay right."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from made_quantizers import DIM, MAKERS, latents, made, state
from torch import Tensor

from rfsq.model.config import ModelConfig
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.quantizers import VQ, Quantizer, Residual
from rfsq.quantizers.conditioning import GlobalLayerNorm

every = pytest.mark.parametrize("name", MAKERS)
NO_NUMBERS = (torch.nan, torch.inf, -torch.inf)
EMPTY = ((0, 5, 4), (2, 0, 4), (2, 5, 0), (0, 0, 0))  # images, height, width


def broken(value: float, places: str) -> Tensor:
    z = latents(3, DIM, 5, 4)
    if places == "one number":
        z[1, 2, 3, 1] = value
    elif places == "an image":
        z[1] = value
    elif places == "a channel":
        z[:, 2] = value
    else:
        z[:] = value
    return z


def assert_valid(quantizer: Quantizer, indices: Tensor) -> None:
    assert indices.dtype == torch.int64
    assert not indices.numel() or (int(indices.min()) >= 0 and int(indices.max()) < quantizer.codebook_size)


def assert_same_state(quantizer: Quantizer, before: dict[str, Tensor]) -> None:
    assert all(torch.equal(before[key], tensor) for key, tensor in quantizer.state_dict().items())


@every
@pytest.mark.parametrize("places", ["one number", "an image", "a channel", "everything"])
def test_training_learns_nothing_from_numbers_that_are_none(name: str, places: str) -> None:
    for value in NO_NUMBERS:
        quantizer = made(name).train()
        before = state(quantizer)
        output = quantizer(broken(value, places))
        assert_valid(quantizer, output.indices)
        if math.isnan(value) or not getattr(quantizer, "bounds_latents", False):  # bounding makes a number of infinity
            assert_same_state(quantizer, before)
        assert all(bool(tensor.isfinite().all()) for tensor in quantizer.state_dict().values())
        quantizer(latents(2, DIM, 4, 4))  # and the next batch is one to learn from
        assert all(bool(tensor.isfinite().all()) for tensor in quantizer.state_dict().values())


@every
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_in_use_numbers_that_are_none_are_refused_in_one_sentence(name: str, value: float) -> None:
    quantizer = made(name)
    before = state(quantizer)
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        with pytest.raises(ValueError, match="latents must be finite, got NaN or infinity"):
            quantizer(broken(value, "one number").to(dtype))
    assert_same_state(quantizer, before)


@every
@pytest.mark.parametrize("shape", EMPTY)
@pytest.mark.parametrize("training", [False, True])
def test_an_empty_batch_gives_empty_results(name: str, shape: tuple[int, int, int], training: bool) -> None:
    quantizer = made(name).train(training)
    before = state(quantizer)
    images, height, width = shape
    z = torch.zeros(images, DIM, height, width, dtype=torch.bfloat16, requires_grad=True)
    output = quantizer(z)
    stages = quantizer.num_stages
    assert output.quantized.shape == z.shape and output.quantized.dtype == torch.float32
    assert output.indices.shape == (images, stages, height, width) and output.indices.dtype == torch.int64
    assert output.aux_loss.shape == () and float(output.aux_loss.detach()) == 0
    if quantizer.side_values:
        assert output.side.shape == (images, stages, quantizer.side_values) and bool(output.side.isfinite().all())
    assert torch.equal(quantizer.decode(output.indices, output.side), output.quantized)
    (output.quantized.sum() + output.aux_loss).backward()
    assert z.grad is not None and z.grad.shape == z.shape
    assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in quantizer.parameters())
    assert_same_state(quantizer, before)
    for trace in output.stages:
        assert trace.quantized.shape == z.shape and trace.rms_before.shape == (images,)
        assert trace.usage == trace.perplexity == 0
        assert bool(trace.rms_before.isfinite().all()) and bool(trace.rms_after.isfinite().all())


@pytest.mark.parametrize("first", ["empty", "nan", "inf"])
def test_a_codebook_starts_at_the_first_batch_that_has_something_to_show(first: str) -> None:
    bad = latents(0, DIM, 4, 4) if first == "empty" else broken(float(first), "one number")
    late, prompt = VQ(8, DIM), VQ(8, DIM)
    start = state(late)
    for _ in range(3):
        assert_valid(late, late(bad).indices)
        assert_same_state(late, start)
    for seed in range(3):
        late(latents(2, DIM, 6, 6, seed=seed))
        prompt(latents(2, DIM, 6, 6, seed=seed))
    assert_same_state(late, state(prompt))


def test_tracked_statistics_start_at_the_first_batch_that_has_something_to_show() -> None:
    late, prompt = GlobalLayerNorm(DIM), GlobalLayerNorm(DIM)
    for bad in (latents(0, DIM, 4, 4), broken(torch.nan, "one number"), broken(torch.inf, "an image")):
        late.condition(bad)
    assert int(late.updates) == 0 and not late.mean.any() and bool((late.mean_square == 1).all())
    for seed in range(3):
        late.condition(latents(2, DIM, 6, 6, seed=seed))
        prompt.condition(latents(2, DIM, 6, 6, seed=seed))
    assert all(torch.equal(tensor, prompt.state_dict()[key]) for key, tensor in late.state_dict().items())


def test_numbers_near_the_end_of_float32_leave_statistics_finite() -> None:
    for quantizer in (VQ(8, DIM), Residual(lambda stage: VQ(8, DIM), 2, "layernorm-global")):
        quantizer(latents(2, DIM, 6, 6))
        before = state(quantizer)
        output = quantizer(1e38 * latents(2, DIM, 6, 6))  # its square, or its sum, overflows
        assert_valid(quantizer, output.indices)
        assert all(bool(tensor.isfinite().all()) for tensor in quantizer.state_dict().values())
        assert before.keys() == quantizer.state_dict().keys()


# --- whole models ------------------------------------------------------------------------------------------------------


def models(tiny: Callable[..., ModelConfig]) -> list[QuantizedAutoencoder]:
    return [
        QuantizedAutoencoder(config)
        for config in (
            tiny(),
            tiny("lfq", 5),
            tiny("vq", 3, num_stages=2, conditioning="layernorm-global"),
            tiny(num_stages=2, conditioning="layernorm"),
            tiny(num_stages=2, conditioning="geometric"),
            tiny(num_stages=2, conditioning="scale", stride=8, network="residual"),
            tiny("continuous", 4),
        )
    ]


def test_an_empty_batch_of_pictures_passes_through_a_model_and_its_training(tiny: Callable[..., ModelConfig]) -> None:
    for model in models(tiny):
        stride, images = model.stride, torch.zeros(0, 3, 24, 40)
        before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
        output = model.train()(images)
        loss = output.images.sum() + (0.0 if output.quantizer is None else output.quantizer.aux_loss)
        loss.backward()
        assert output.images.shape == images.shape and float(loss.detach()) == 0
        assert all(p.grad is None or not p.grad.any() for p in model.parameters())
        assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
        model.eval()
        encoded = model.encode(torch.zeros(0, 3, 21, 37))
        assert encoded.shape == (0, model.config.dim, -(-21 // stride), -(-37 // stride))
        if model.quantizer is not None:
            quantized = model.quantize(encoded)
            assert quantized.indices.shape[0] == 0
            decoded = model.quantizer.decode(quantized.indices, quantized.side)
            assert model.decode(decoded, 21, 37).shape == (0, 3, 21, 37)
        assert model.reconstruct(torch.zeros(0, 3, 21, 37)).shape == (0, 3, 21, 37)
        large = torch.zeros(0, 3, 8, 70_000)  # tile by tile
        assert model.reconstruct(large).shape == large.shape


def test_pictures_without_pixels_are_refused_by_a_model(tiny: Callable[..., ModelConfig]) -> None:
    for model in models(tiny):
        for shape in ((1, 3, 0, 8), (1, 3, 8, 0)):
            with pytest.raises(ValueError, match=r"images must have shape \(B, 3, H, W\)"):
                model.eval().encode(torch.zeros(shape))


def test_a_picture_with_a_broken_pixel_is_refused_in_use_and_teaches_no_statistic(
    tiny: Callable[..., ModelConfig], photo: Callable[..., np.ndarray]
) -> None:
    images = torch.from_numpy(photo(24, 24, 1)).permute(2, 0, 1)[None] / 127.5 - 1
    images = torch.cat([images, images.flip(3)])
    spoilt = images.clone()
    spoilt[0, 1, 7, 9] = torch.nan
    for model in models(tiny):
        model.train()(images)
        buffers = {key: tensor.clone() for key, tensor in model.named_buffers()}
        output = model(spoilt)
        if output.quantizer is None:
            continue
        assert_valid(model.quantizer, output.quantizer.indices)
        assert all(torch.equal(buffers[key], tensor) for key, tensor in model.named_buffers())
        with pytest.raises(ValueError, match="latents must be finite"):
            model.eval().reconstruct(spoilt)


def test_a_half_precision_model_whose_encoder_overflows_says_so() -> None:
    model = load_model("rfsq-4x1024-scale").half()
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter *= 60
        with pytest.raises(ValueError, match="latents must be finite"):
            model.reconstruct(torch.ones(1, 3, 16, 16))

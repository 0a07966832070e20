"""The whole model: any picture size, any number of stages, tiles without a seam, and clear refusals."""

from collections.abc import Callable

import pytest
import torch

from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO

Tiny = Callable[..., ModelConfig]


def build(config: ModelConfig) -> QuantizedAutoencoder:
    torch.manual_seed(0)
    return QuantizedAutoencoder(config).eval()


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (4, 4), (5, 3), (13, 18), (64, 2)])
@pytest.mark.parametrize("kind", ["fsq", "continuous"])
def test_any_size_comes_back_at_its_size(tiny: Tiny, size: tuple[int, int], kind: str) -> None:
    model = build(tiny(kind))
    images = torch.rand(2, 3, *size) * 2 - 1
    result = model.reconstruct(images)
    assert result.shape == images.shape and result.dtype == torch.float32
    assert result.min() >= -1 and result.max() <= 1 and not result.requires_grad
    assert model.encode(images).shape == (2, 3, -(-size[0] // 4), -(-size[1] // 4))


@pytest.mark.parametrize("conditioning", ["none", "layernorm", "geometric"])
def test_tiles_leave_no_seam_in_the_picture(tiny: Tiny, conditioning: str) -> None:
    model = build(tiny(num_stages=3, conditioning=conditioning))
    images = torch.rand(1, 3, 90, 131, generator=torch.Generator().manual_seed(1)) * 2 - 1
    whole, latents = model.reconstruct(images), model.encode(images).detach()
    model.tile_tokens = 6
    assert (model.encode(images).detach() - latents).abs().max() < 1e-5
    assert (model.reconstruct(images) - whole).abs().max() < 1e-5  # the demand is 1/255 of the range, 0.0078 here


def test_fewer_stages_give_the_sum_of_the_first_ones(tiny: Tiny) -> None:
    model = build(tiny(num_stages=3, conditioning="layernorm"))
    images = torch.rand(2, 3, 10, 12) * 2 - 1
    stages = model.quantize(model.encode(images)).stages
    for k in (1, 2, 3):
        assert torch.equal(model.reconstruct(images, k), model.decode(stages[k - 1].quantized, 10, 12).detach())
    assert torch.equal(model.reconstruct(images), model.reconstruct(images, 3))
    for k in (0, 4, -1):
        with pytest.raises(ValueError, match=rf"tiny has 3 stage\(s\), not {k}"):
            model.reconstruct(images, k)


def test_indices_and_side_information_are_all_that_decoding_needs(tiny: Tiny) -> None:
    sender = build(tiny(num_stages=2, conditioning="layernorm"))
    receiver = build(sender.config)
    receiver.load_state_dict(sender.state_dict())
    images = torch.rand(2, 3, 9, 6) * 2 - 1
    output = sender.quantize(sender.encode(images))
    assert receiver.quantizer is not None
    quantized = receiver.quantizer.decode(output.indices, output.side)
    assert torch.equal(receiver.decode(quantized, 9, 6).detach(), sender.reconstruct(images))


@pytest.mark.parametrize("kind", ["fsq", "lfq", "vq", "continuous"])
def test_training_reaches_every_weight(tiny: Tiny, kind: str) -> None:
    conditioning = None if kind == "continuous" else "scale"
    model = build(tiny(kind, conditioning=conditioning)).train()
    images = torch.rand(2, 3, 16, 16) * 2 - 1
    output = model(images)
    assert output.images.shape == images.shape and output.images.dtype == torch.float32
    output.images.square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and bool((parameter.grad != 0).any()), name


def test_under_bfloat16_autocast_indices_stay_those_of_the_latents(tiny: Tiny) -> None:
    model = build(tiny(num_stages=2, conditioning="layernorm"))
    images = torch.rand(1, 3, 16, 16) * 2 - 1
    with torch.autocast("cpu", torch.bfloat16):
        output = model(images)
    assert output.latents.dtype == torch.float32 and output.quantizer is not None
    assert torch.equal(model.quantize(output.latents).indices, output.quantizer.indices)


def test_the_rate_counts_stages_padding_and_side_information(tiny: Tiny) -> None:
    model = build(tiny(num_stages=3, conditioning="layernorm"))
    rate = model.rate(9, 6, 2)
    assert rate is not None
    assert (rate.bits_per_token, rate.tokens, rate.side_bytes) == (12, 3 * 2, 2 * 6 * 2)
    whole = model.rate(9, 6)
    assert whole is not None and whole.bits_per_token == 18
    assert build(tiny("continuous")).rate(9, 6) is None


def test_mistakes_are_refused(tiny: Tiny) -> None:
    model = build(tiny())
    for shape in [(3, 8, 8), (1, 1, 8, 8), (1, 3, 0, 8), (1, 3, 8, 0)]:
        with pytest.raises(ValueError, match=r"shape \(B, 3, H, W\)"):
            model.encode(torch.zeros(shape))
    with pytest.raises(ValueError, match="tiny does not quantize"):
        build(tiny("continuous")).quantize(torch.zeros(1, 3, 2, 2))


def test_every_model_of_the_zoo_can_be_built_and_run() -> None:
    for config in ZOO.values():
        with torch.device("meta"):
            QuantizedAutoencoder(config)
        quantizer = config.build_quantizer()
        if quantizer is not None:
            output = quantizer.eval()(torch.randn(1, config.dim, 2, 2))
            assert output.indices.shape == (1, config.num_stages, 2, 2)

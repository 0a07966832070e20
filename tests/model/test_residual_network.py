"""The residual network: its size, any picture size, and tiles whose halo is exactly what its layers reach."""

import pytest
import torch
from tiny_models import count_weights

from rfsq.model.autoencoder import context, run_tiled
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.residual_network import Block, ChannelNorm, Half, ResidualDecoder, ResidualEncoder, Twice

HIDDEN = (4, 8)


def awake(network: torch.nn.Module) -> torch.nn.Module:
    """With all weights at random, also those that start at zero and would hide how far a block reaches."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data.uniform_(-0.4, 0.4, generator=generator)
    return network.eval().requires_grad_(False)


def config(stride: int, **values: object) -> ModelConfig:
    kind = {"kind": "fsq", "dim": 3, "levels": (4,) * 3, "hidden": HIDDEN} | values
    return ModelConfig("x", network="residual", stride=stride, **kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(("stride", "hidden", "millions"), [(8, (48, 192), 2.1), (16, (40, 160), 2.6)])
def test_it_has_two_to_three_million_weights(stride: int, hidden: tuple[int, int], millions: float) -> None:
    model = QuantizedAutoencoder(config(stride, kind="continuous", levels=(), hidden=hidden, dim=8))
    assert count_weights(model) / 1e6 == pytest.approx(millions, abs=0.06)


@pytest.mark.parametrize("stride", [4, 8, 16])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (16, 16), (33, 18)])
def test_pictures_of_any_size_come_back_in_their_size(stride: int, height: int, width: int) -> None:
    model = awake(QuantizedAutoencoder(config(stride)))
    assert isinstance(model, QuantizedAutoencoder)
    images = torch.rand(2, 3, height, width) * 2 - 1
    assert model.encode(images).shape == (2, 3, -(-height // stride), -(-width // stride))
    assert model.reconstruct(images).shape == images.shape
    rate = model.rate(height, width)
    assert rate is not None and rate.tokens == -(-height // stride) * -(-width // stride)


def test_a_block_starts_as_the_identity_and_half_and_twice_as_plain_averages() -> None:
    x = torch.rand(1, 8, 6, 4)
    assert torch.equal(Block(8)(x), x)
    half, twice = Half(8, 16), Twice(8, 4)
    for layer in (half, twice):
        for parameter in layer.parameters():
            parameter.data.zero_()
    assert torch.allclose(half(x).mean(), x.mean()) and half(x).shape == (1, 16, 3, 2)
    assert torch.allclose(twice(x).mean(), x.mean()) and twice(x).shape == (1, 4, 12, 8)
    constant = twice(x)
    assert torch.equal(constant[..., ::2, ::2], constant[..., 1::2, 1::2])  # one value per 2×2 pixels: no grid


def test_the_norm_takes_each_pixel_alone() -> None:
    norm, x = ChannelNorm(6), torch.randn(2, 6, 5, 7)
    assert torch.allclose(norm(x).square().mean(dim=1), torch.ones(2, 5, 7), atol=1e-4)
    assert torch.allclose(norm(x)[..., 2:3, 3:4], norm(x[..., 2:3, 3:4]), rtol=1e-6)


@pytest.mark.parametrize("stride", [4, 8, 16])
def test_a_token_depends_on_what_its_context_says_and_on_nothing_beyond(stride: int) -> None:
    for network, channels, unit in (
        (awake(ResidualEncoder(3, HIDDEN, stride)), 3, stride),
        (awake(ResidualDecoder(3, HIDDEN, stride)), 3, 1),
    ):
        reach = context(network)
        halo = -(-reach // unit)
        size = (2 * halo + 1) * unit + 2 * unit
        x = torch.rand(1, channels, unit, size, generator=torch.Generator().manual_seed(1)).requires_grad_()
        token, grid = halo + 1, stride if unit == 1 else 1
        network(x)[..., token * grid : (token + 1) * grid].sum().backward()
        assert x.grad is not None
        columns = x.grad.abs().sum(dim=(0, 1, 2)).nonzero().flatten()
        assert (int(columns[0]), int(columns[-1])) == (token * unit - reach, (token + 1) * unit - 1 + reach)


@pytest.mark.slow
@pytest.mark.parametrize("stride", [8, 16])
@pytest.mark.parametrize("tile", [3, 7])
def test_tiles_leave_no_seam(stride: int, tile: int) -> None:
    encoder, decoder = awake(ResidualEncoder(3, HIDDEN, stride)), awake(ResidualDecoder(3, HIDDEN, stride))
    images = torch.rand(1, 3, 17 * stride, 23 * stride) * 2 - 1
    halo = -(-context(encoder) // stride)
    whole = encoder(images)
    tiled = run_tiled(encoder, images, channels=3, scale_in=stride, scale_out=1, halo=halo, tile=tile)
    assert (tiled - whole).abs().max() < 1e-5 * whole.abs().max()
    picture = decoder(whole)
    pieces = run_tiled(decoder, whole, channels=3, scale_in=1, scale_out=stride, halo=context(decoder), tile=tile)
    assert (pieces - picture).abs().max() < 1e-5 * picture.abs().max()
    narrow = run_tiled(decoder, whole, channels=3, scale_in=1, scale_out=stride, halo=context(decoder) - 3, tile=tile)
    assert (narrow - picture).abs().max() > 1e-4 * picture.abs().max()  # the check can fail


def test_a_model_cuts_a_large_picture_into_the_tiles_that_its_network_needs() -> None:
    model = awake(QuantizedAutoencoder(config(8)))
    assert isinstance(model, QuantizedAutoencoder)
    images = torch.rand(1, 3, 90, 131, generator=torch.Generator().manual_seed(1)) * 2 - 1
    latents = model.encode(images)
    whole = model.decode(latents, 90, 131)
    model.tile_tokens = 4
    assert (model.encode(images) - latents).abs().max() < 1e-5 * latents.abs().max()
    assert (model.decode(latents, 90, 131) - whole).abs().max() < 1e-5

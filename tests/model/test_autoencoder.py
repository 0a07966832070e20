"""The paper's encoder and decoder: its size, any picture size, and tiles that nobody can see."""

import pytest
import torch
from tiny_models import count_weights
from torch import Tensor

from rfsq.model.autoencoder import Decoder, Encoder, context, pad_to_tokens, run_tiled

HIDDEN = (8, 16)


def networks() -> tuple[Encoder, Decoder]:
    torch.manual_seed(0)
    return Encoder(3, HIDDEN).eval(), Decoder(3, HIDDEN).eval()


def test_the_papers_model_has_its_size() -> None:
    assert count_weights(Encoder(5)) + count_weights(Decoder(5)) == 1_064_200  # "about 1.07 M"


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (4, 4), (5, 3), (13, 18)])
def test_padding_repeats_the_edge_up_to_a_multiple_of_four(height: int, width: int) -> None:
    x = torch.rand(2, 3, height, width)
    padded = pad_to_tokens(x, 4)
    assert padded.shape[-2] % 4 == padded.shape[-1] % 4 == 0
    assert padded.shape[-2] - height < 4 and padded.shape[-1] - width < 4
    assert torch.equal(padded[..., :height, :width], x)
    assert torch.equal(padded[..., -1, -1], x[..., -1, -1])
    encoder, decoder = networks()
    latents = encoder(padded)
    assert latents.shape == (2, 3, -(-height // 4), -(-width // 4))
    assert decoder(latents).shape == padded.shape


def test_a_picture_that_fits_is_not_copied() -> None:
    x = torch.rand(1, 3, 8, 12)
    assert pad_to_tokens(x, 4) is x


@pytest.mark.parametrize("tile", [1, 2, 5, 7, 16])
@pytest.mark.parametrize(("height", "width"), [(17, 23), (6, 40), (40, 1), (9, 9)])
def test_tiles_leave_no_seam(tile: int, height: int, width: int) -> None:
    encoder, decoder = networks()
    assert (context(encoder), context(decoder)) == (3, 1)  # 3 pixels and 1 token: a halo of 1 token for both
    images = torch.rand(2, 3, 4 * height, 4 * width) * 2 - 1
    with torch.no_grad():
        whole = encoder(images)
        tiled = run_tiled(encoder, images, channels=3, scale_in=4, scale_out=1, tile=tile)
        assert tiled.shape == whole.shape and (tiled - whole).abs().max() < 1e-5
        picture = decoder(whole)
        pieces = run_tiled(decoder, whole, channels=3, scale_in=1, scale_out=4, tile=tile)
    assert pieces.shape == picture.shape and (pieces - picture).abs().max() < 1e-5


def test_tiling_bounds_what_the_network_sees_at_a_time() -> None:
    seen: list[tuple[int, ...]] = []

    def network(x: Tensor) -> Tensor:
        seen.append(tuple(x.shape[-2:]))
        return x

    x = torch.rand(1, 3, 50, 33)
    assert torch.equal(run_tiled(network, x, channels=3, scale_in=1, scale_out=1, tile=10), x)
    assert len(seen) == 20 and max(height * width for height, width in seen) <= 12 * 12
    seen.clear()
    run_tiled(network, x, channels=3, scale_in=1, scale_out=1, tile=41)  # 50·33 < 41²: one pass
    assert seen == [(50, 33)]

"""FSQ: every code of every level count round-trips, the rounding is exact, the gradient is that of the bounding."""

import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor

from rfsq.quantizers import FSQ

MIXES = [(8, 8, 8, 4), (4,) * 5, (8, 5, 5, 5), (7, 3, 2), (64, 63), (2, 2, 2), (26, 27)]


def all_indices(fsq: FSQ) -> Tensor:
    """Every index once, (1, 1, 1, K)."""
    return torch.arange(fsq.codebook_size).view(1, 1, 1, -1)


@pytest.mark.parametrize("levels", range(2, 65))
def test_every_code_of_every_level_count_round_trips(levels: int) -> None:
    clamped, squashed = FSQ([levels], bound="clamp"), FSQ([levels])
    indices = all_indices(clamped)
    codes = clamped.decode(indices)
    expected = torch.linspace(-1, 1, levels, dtype=torch.float64)
    assert torch.allclose(codes.flatten().double(), expected, atol=1e-7, rtol=0)
    assert codes.flatten()[0] == -1 and codes.flatten()[-1] == 1
    again = clamped(codes)
    assert torch.equal(again.indices, indices) and torch.equal(again.quantized, codes)
    # through tanh: the end levels lie at infinity, so go there most of the way
    z = (codes.double() * (1 - 0.2 / levels)).atanh().float()
    assert torch.equal(squashed(z).indices, indices) and torch.equal(squashed(z).quantized, codes)


@pytest.mark.parametrize("levels", MIXES)
def test_every_code_of_mixed_channels_round_trips_first_channel_least_significant(levels: tuple[int, ...]) -> None:
    fsq = FSQ(levels, bound="clamp")
    indices = all_indices(fsq)
    codes = fsq.decode(indices)
    again = fsq(codes)
    assert torch.equal(again.indices, indices) and torch.equal(again.quantized, codes)
    rest = indices[:, 0]
    for channel, count in enumerate(levels):
        assert torch.equal(fsq.digits_of(indices[:, 0])[:, channel], rest % count)
        rest = rest // count


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("levels", [2, 3, 4, 5, 8, 26, 64, 255, 256, 1000])
@pytest.mark.parametrize("bound", ["tanh", "clamp"])
def test_half_precision_latents_stay_in_range_and_match_float32(dtype: torch.dtype, levels: int, bound: str) -> None:
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)  # every number there is
    z = bits.view(dtype)
    z = z[z.isfinite()].view(1, 1, 1, -1)
    fsq = FSQ([levels], bound=bound)  # type: ignore[arg-type]
    output = fsq(z)
    assert output.indices.min() == 0 and output.indices.max() == levels - 1
    assert output.quantized.dtype == torch.float32
    assert torch.equal(output.indices, fsq(z.float()).indices)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(fsq(z).indices, output.indices)


def test_the_forward_pass_rounds_exactly_and_the_gradient_is_that_of_the_bounding() -> None:
    z = torch.randn(2, 3, 5, 7, requires_grad=True)
    fsq = FSQ((3, 8, 5))
    weights = torch.randn(z.shape)
    output = fsq(z)
    assert torch.equal(output.quantized, fsq.decode(output.indices))
    (output.quantized * weights).sum().backward()
    assert z.grad is not None
    torch.testing.assert_close(z.grad, weights * (1 - z.detach().tanh().square()))
    assert output.aux_loss == 0 and output.side is None

    x = torch.tensor([-3.0, -0.4, 0.1, 0.9, 2.0]).view(1, 1, 1, -1).requires_grad_()
    FSQ([4], bound="clamp")(x).quantized.sum().backward()
    assert x.grad is not None and x.grad.flatten().tolist() == [0, 1, 1, 1, 0]


@given(st.lists(st.integers(2, 64), min_size=1, max_size=6), st.data())
def test_any_latents_get_the_nearest_code(levels: list[int], data: st.DataObject) -> None:
    values = data.draw(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=len(levels), max_size=len(levels)))
    z = torch.tensor(values).view(1, -1, 1, 1)
    fsq = FSQ(levels)
    output = fsq(z)
    assert 0 <= int(output.indices) < math.prod(levels)
    assert torch.equal(fsq.decode(output.indices), output.quantized)
    half_step = 1 / (torch.tensor(levels).view(1, -1, 1, 1) - 1)
    assert bool(((output.quantized - z.tanh()).abs() <= half_step + 1e-6).all())


@pytest.mark.parametrize(("levels", "tokens"), [((4,) * 20, 300), ((2,) * 62, 50), ((65536, 256, 65536), 300)])
def test_huge_codebooks_are_indexed_exactly(levels: tuple[int, ...], tokens: int) -> None:
    fsq = FSQ(levels, bound="clamp")
    rng = random.Random(0)
    digits = [[rng.randrange(level) for level in levels] for _ in range(tokens)]
    digits[0], digits[1] = [0] * len(levels), [level - 1 for level in levels]
    codes = torch.tensor(digits, dtype=torch.float64).T * 2 / (torch.tensor(levels)[:, None] - 1) - 1
    z = codes.float().view(1, len(levels), 1, tokens)
    wanted = [
        sum(d * math.prod(levels[:c]) for c, d in enumerate(token)) for token in digits
    ]  # Python's exact integers
    output = fsq(z)
    assert output.indices.flatten().tolist() == wanted and max(wanted) == fsq.codebook_size - 1
    assert torch.equal(fsq.decode(output.indices), output.quantized)


@pytest.mark.parametrize("channels", [16, 20, 30, 31])
def test_no_codebook_is_stored(channels: int) -> None:
    fsq = FSQ([4] * channels)
    assert fsq.codebook_size == 4**channels and fsq.bits_per_token == 2 * channels
    assert sum(tensor.numel() for tensor in fsq.buffers()) == 6 * channels
    assert not list(fsq.parameters()) and not fsq.state_dict()


def test_a_channel_of_one_level_is_left_out() -> None:
    for bound in ("tanh", "clamp"):
        fsq = FSQ((4, 1, 8), bound=bound)  # type: ignore[arg-type]
        z = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
        output = fsq(z)
        alone = FSQ((4, 8), bound=bound)(z.detach()[:, [0, 2]])  # type: ignore[arg-type]
        assert fsq.codebook_size == 32 and torch.equal(output.indices, alone.indices)
        assert torch.equal(output.quantized[:, [0, 2]], alone.quantized) and not output.quantized[:, 1].any()
        assert torch.equal(fsq.decode(output.indices), output.quantized)
        output.quantized.sum().backward()
        assert z.grad is not None and not z.grad[:, 1].any() and bool((z.grad[:, 0] != 0).any())


@pytest.mark.parametrize("levels", [[], [1], [1, 1], [8, 0], [4, -3], [4] * 32, [65537]])
def test_impossible_levels_are_refused(levels: list[int]) -> None:
    with pytest.raises(ValueError, match="level|index"):
        FSQ(levels)


@pytest.mark.parametrize("levels", [[4.9, 2.5], ["4"], [math.nan, 4], [math.inf], [None], [torch.tensor(4.5)]])
def test_levels_are_whole_numbers(levels: list[int]) -> None:
    with pytest.raises(ValueError, match="levels must be whole numbers, got"):
        FSQ(levels)


def test_levels_may_be_numbers_of_numpy_and_torch() -> None:
    for levels in (np.array([8, 5]), torch.tensor([8, 5]), [np.int64(8), 5.0], iter((8, 5))):
        assert FSQ(levels).levels == (8, 5)  # type: ignore[arg-type]


def test_other_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match="bound"):
        FSQ([4], bound="sigmoid")  # type: ignore[arg-type]
    fsq = FSQ([4, 4]).eval()
    for shape in [(1, 3, 2, 2), (2, 2, 2), (1, 2, 2, 2, 2)]:
        with pytest.raises(ValueError, match=r"shape \(B, 2, h, w\)"):
            fsq(torch.zeros(shape))
    with pytest.raises(ValueError, match="floating point"):
        fsq(torch.zeros(1, 2, 2, 2, dtype=torch.int64))
    with pytest.raises(ValueError, match="finite"):
        fsq(torch.full((1, 2, 2, 2), torch.nan))

"""What the quantizers share: exact indices, exact checks, and sums that stay accurate on large pictures."""

from typing import Literal

import pytest
import torch
from torch.autograd import forward_ad

from rfsq.quantizers import FSQ
from rfsq.quantizers.rounding import radix_of, rms, round_over, value_over, weighted_sum, whole_indices


@pytest.mark.parametrize("channels", [11, 12, 13])  # 2^22 codes, 2^24 (the last that float32 tells apart), 2^26
def test_indices_are_exact_on_both_sides_of_what_float32_can_count(channels: int) -> None:
    count = 4**channels
    radix = (4 ** torch.arange(channels)).view(1, -1, 1, 1)
    indices = torch.cat([torch.arange(500), torch.arange(count - 500, count)]).view(1, 1, -1)
    digits = indices[:, None] // radix % 4
    numbers = weighted_sum(digits.float(), radix_of([4**channel for channel in range(channels)], count), count)
    assert torch.equal(whole_indices(numbers, count), indices)
    fsq = FSQ((4,) * channels, bound="clamp")
    assert torch.equal(fsq(fsq.decode(indices[:, None])).indices, indices[:, None])


def test_the_root_mean_square_of_a_large_picture_has_no_rounding_error_to_speak_of() -> None:
    x = torch.randn(2, 5, 1000, 700, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(rms(x).double(), x.double().square().mean(dim=(1, 2, 3)).sqrt(), rtol=1e-6, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_latents_at_the_end_of_the_range_are_finite_and_beyond_it_are_not(dtype: torch.dtype) -> None:
    fsq = FSQ((8, 8)).eval()
    z = torch.full((2, 2, 8, 8), torch.finfo(dtype).max, dtype=dtype)  # its sum overflows
    assert int(fsq(z).indices.min()) == 63
    for bad in (torch.nan, torch.inf, -torch.inf):
        for place in (0, 100, 255):
            broken = torch.zeros(2, 2, 8, 8, dtype=dtype)
            broken.view(-1)[place] = bad
            with pytest.raises(ValueError, match="finite"):
                fsq(broken)
    z[0, 0, 0, :2] = torch.tensor([torch.inf, -torch.inf])
    with pytest.raises(ValueError, match="finite"):
        fsq(z)


def test_indices_beyond_what_float64_can_count_are_exact() -> None:
    fsq = FSQ((2**16, 2**16, 2**16, 2**14), bound="clamp").eval()
    indices = torch.randint(2**62, (1, 1, 30, 30), generator=torch.Generator().manual_seed(0))
    assert torch.equal(fsq(fsq.decode(indices)).indices, indices)


@pytest.mark.parametrize("levels", [2, 3, 4, 5, 8, 27, 256, 4096, 2**16])
def test_what_a_gpu_computes_in_one_operation_is_what_a_cpu_computes_in_two(levels: int) -> None:
    """The operations of the GPU, here on the CPU: values bit by bit, digits but for what lies between two of them."""
    digits = torch.arange(levels, dtype=torch.float32).view(1, 1, 1, -1)
    half, lowest = torch.full((1, 1, 1, 1), (levels - 1) / 2), torch.full((1, 1, 1, 1), -1.0)
    values = value_over(digits.clone(), half, lowest)
    assert torch.equal(torch.addcdiv(lowest, digits, half), values) and values.abs().max() == 1
    bounded = torch.rand(1, 1, 1, 100_000, generator=torch.Generator().manual_seed(0)) * 2 - 1
    fused, ours = torch.addcmul(half, bounded, half).round(), round_over(bounded.clone(), half)
    assert (fused != ours).float().mean() < 1e-6 * levels and (fused - ours).abs().max() <= 1


@pytest.mark.parametrize("bound", ["tanh", "clamp"])
def test_what_is_written_over_a_recorded_copy_has_the_gradients_of_what_it_was(bound: Literal["tanh", "clamp"]) -> None:
    fsq, z = FSQ((4, 5), bound=bound), torch.randn(2, 2, 5, 6, generator=torch.Generator().manual_seed(0))
    leaf, weights = z.clone().requires_grad_(), torch.randn(2, 2, 5, 6, generator=torch.Generator().manual_seed(1))
    first = torch.autograd.grad((fsq(leaf).quantized * weights).sum(), leaf, create_graph=True)[0]
    soft = z.clone().requires_grad_()
    wanted = torch.autograd.grad((fsq.bounded(soft) * weights).sum(), soft, create_graph=True)[0]
    torch.testing.assert_close(first, wanted)
    if bound == "tanh":
        second = [torch.autograd.grad(one.square().sum(), x)[0] for one, x in ((first, leaf), (wanted, soft))]
        torch.testing.assert_close(*second)
    with forward_ad.dual_level():
        output = fsq(forward_ad.make_dual(z, weights)).quantized
        expected = forward_ad.unpack_dual(fsq.bounded(forward_ad.make_dual(z, weights))).tangent
        torch.testing.assert_close(forward_ad.unpack_dual(output).tangent, expected)

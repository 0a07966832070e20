"""What the quantizers share: exact indices, exact checks, and sums that stay accurate on large pictures."""

import pytest
import torch

from rfsq.quantizers import FSQ
from rfsq.quantizers.rounding import radix_of, rms, weighted_sum, whole_indices


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

"""The released code's formulas as we time them do what that code does, and differ from ours where it does."""

import pytest
import torch

from rfsq.commands.benchmark.pairs import build_released
from rfsq.commands.benchmark.released import ReleasedFSQ, ReleasedStack
from rfsq.quantizers import FSQ, Residual
from rfsq.quantizers.statistics import wrong_float_indices


def latents(dim: int, side: int = 24) -> torch.Tensor:
    return torch.randn(2, dim, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("conditioning", ["none", "layernorm"])
def test_at_odd_level_counts_it_rounds_as_ours_do(conditioning: str) -> None:
    ours, theirs = Residual(lambda stage: FSQ((5, 3, 7)), 2, conditioning), ReleasedStack((5, 3, 7), 2, conditioning)
    z = latents(3)
    with torch.no_grad():
        mine, (quantized, indices) = ours(z), theirs(z)
    assert quantized.shape == z.shape and indices.shape == (2, 24, 24, 2)
    same = (mine.indices == indices.permute(0, 3, 1, 2)).all(dim=1, keepdim=True)
    assert same.float().mean() > 0.97  # its range falls short of the outer levels by a thousandth
    torch.testing.assert_close(mine.quantized[same.expand_as(z)], quantized[same.expand_as(z)], rtol=1e-3, atol=1e-3)


def test_an_even_count_of_levels_reaches_one_end_only() -> None:
    codes, indices = ReleasedFSQ((4, 4))(10 * latents(2))
    assert float(codes.min()) == -1 and float(codes.max()) == 0.5
    assert int(indices.min()) == 0 and int(indices.max()) == 15


def test_its_index_is_truncated_so_some_are_their_neighbours() -> None:
    levels = (27, 27)
    codes, indices = ReleasedFSQ(levels)(3 * latents(2, 64))
    digits = (codes * 13 + 13).round().to(torch.int64)
    right = digits[:, 0] + 27 * digits[:, 1]
    assert 0 < float((indices != right).float().mean()) < 0.5 and int((right - indices).max()) == 1
    assert wrong_float_indices(FSQ(levels), torch.arange(27 * 27).view(1, 27, 27), torch.float32) > 0


def test_it_leaves_the_statistics_of_the_last_image_on_the_module() -> None:
    stack = ReleasedStack((4,) * 3, 1, "layernorm")
    stack(latents(3))
    first = stack.conditionings[0].mean
    stack(1 + latents(3))
    assert not torch.equal(stack.conditionings[0].mean, first)


def test_scale_starts_at_the_softplus_of_what_is_asked_for() -> None:
    stack = ReleasedStack((4,) * 3, 1, "scale")
    stack(latents(3))
    assert float(stack.conditionings[0].scale) == pytest.approx(0.6931, abs=1e-4)
    with pytest.raises(ValueError, match="not 'geometric'"):
        ReleasedStack((4,) * 3, 1, "geometric")


def test_both_sides_of_its_rows_have_equal_levels_stages_and_results() -> None:
    for pair in build_released():
        z = latents(pair.dim)
        ours, theirs = pair.call_ours(z), pair.call_peer(z)
        assert ours.indices.shape == theirs.indices.shape == (2, 4, 24, 24)
        assert ours.quantized.shape == theirs.quantized.shape == z.shape
        for result in (ours, theirs):
            result.quantized.sum().backward()
        counts = [sum(p.numel() for p in module.parameters()) for module in (pair.ours, pair.peer)]
        assert counts[0] == counts[1] and all(p.grad is not None for p in pair.peer.parameters())
        assert "released" in pair.against

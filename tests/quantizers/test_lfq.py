"""LFQ: the sign is the code, the losses are what their definition says, and memory does not grow with 2^dim."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from rfsq.quantizers import LFQ


def test_the_first_channel_is_the_most_significant_bit() -> None:
    z = torch.tensor([[0.3, -2.0, 1.0], [-0.1, 5.0, 0.0]]).T.view(1, 3, 1, 2)
    output = LFQ(3)(z)
    assert output.indices.flatten().tolist() == [0b101, 0b010]  # zero counts as negative
    assert output.quantized.flatten(2)[0].T.tolist() == [[1, -1, 1], [-1, 1, -1]]


@pytest.mark.parametrize("dim", [1, 2, 5, 8, 12])
def test_every_code_round_trips(dim: int) -> None:
    lfq = LFQ(dim)
    indices = torch.arange(2**dim).view(1, 1, 1, -1)
    codes = lfq.decode(indices)
    output = lfq(codes * 0.01)
    assert torch.equal(output.indices, indices) and torch.equal(output.quantized, codes)


@pytest.mark.parametrize("dim", [18, 40, 62])
def test_huge_codebooks_are_indexed_exactly(dim: int) -> None:
    lfq = LFQ(dim)
    bits = torch.rand(dim, 200, generator=torch.Generator().manual_seed(0)) < 0.5
    bits[:, 0], bits[:, 1] = True, False
    wanted = [int("".join("1" if bit else "0" for bit in token), 2) for token in bits.T.tolist()]
    output = lfq((bits.float() - 0.5).view(1, dim, 1, 200))
    assert output.indices.flatten().tolist() == wanted and wanted[0] == 2**dim - 1
    assert torch.equal(lfq.decode(output.indices), output.quantized)
    assert sum(tensor.numel() for tensor in lfq.buffers()) == 2 * dim and lfq.bits_per_token == dim


def brute_force_entropy_loss(z: Tensor, diversity: float, temperature: float) -> float:
    """By the definition: a softmax over minus the squared distances to all 2^dim codes."""
    tokens = z.double().permute(0, 2, 3, 1).flatten(0, 2)
    codes = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=z.shape[1])), dtype=torch.float64)
    p = (-(tokens[:, None] - codes).square().sum(dim=2) / temperature).softmax(dim=1)
    entropy = -torch.special.xlogy(p, p).sum(dim=1).mean()
    mean = p.mean(dim=0)
    return float(entropy - diversity * -torch.special.xlogy(mean, mean).sum()) / z.shape[1]


@pytest.mark.parametrize("dim", [1, 2, 3, 6, 8])
@pytest.mark.parametrize(("diversity", "temperature"), [(1.0, 1.0), (0.5, 3.0), (0.0, 0.2)])
def test_the_entropy_loss_equals_brute_force(dim: int, diversity: float, temperature: float) -> None:
    z = torch.randn(2, dim, 3, 4, generator=torch.Generator().manual_seed(dim))
    lfq = LFQ(dim, diversity=diversity, temperature=temperature)
    assert float(lfq.entropy_loss(z)) == pytest.approx(brute_force_entropy_loss(z, diversity, temperature), abs=2e-6)


def test_beyond_eight_channels_the_mean_entropy_is_that_of_groups_and_an_upper_bound() -> None:
    z = torch.randn(3, 11, 4, 4, generator=torch.Generator().manual_seed(0)) * 0.3
    z[:, 8] = z[:, 0]  # a dependence across groups, which only the joint entropy sees
    token_term = brute_force_entropy_loss(z, 0.0, 1.0) * 11
    groups = [brute_force_entropy_loss(part, 1.0, 1.0) * part.shape[1] for part in (z[:, :8], z[:, 8:])]
    loss = float(LFQ(11, temperature=1.0).entropy_loss(z)) * 11
    assert loss == pytest.approx(sum(groups), abs=1e-5)
    joint = token_term - brute_force_entropy_loss(z, 1.0, 1.0) * 11
    assert token_term - loss > joint


def test_the_entropy_loss_has_the_right_gradient() -> None:
    z = torch.randn(1, 10, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    assert torch.autograd.gradcheck(LFQ(10, temperature=1.0).entropy_loss, (z,))


@pytest.mark.parametrize("dim", [18, 40])
def test_large_dimensions_train_in_memory_that_does_not_grow_with_the_codebook(dim: int) -> None:
    sizes: list[int] = []

    def note(tensor: Tensor) -> Tensor:
        sizes.append(tensor.numel())
        return tensor

    z = torch.randn(2, dim, 8, 8, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = LFQ(dim)(z)
    output.aux_loss.backward()
    assert z.grad is not None and bool(z.grad.isfinite().all()) and bool((z.grad != 0).any())
    assert sum(sizes) < 2 * 8 * 8 * 2**8 * dim  # a table of all codes would be 2^18 numbers a token or more


@pytest.mark.parametrize("size", [4.0, 6.0, 60.0, 1e4])
def test_latents_that_all_agree_strongly_still_have_a_finite_gradient(size: float) -> None:
    z = torch.full((2, 12, 4, 4), size, requires_grad=True)
    LFQ(12, temperature=1.0)(z).aux_loss.backward()
    assert z.grad is not None and bool(z.grad.isfinite().all())


def test_the_loss_adds_commitment_and_exists_where_gradients_do_and_in_training() -> None:
    z = torch.randn(2, 4, 3, 3, requires_grad=True)
    lfq = LFQ(4, entropy_weight=0.1, commitment_weight=0.5)
    output = lfq(z)
    commitment = (z - z.sign()).square().mean()
    torch.testing.assert_close(output.aux_loss, 0.1 * lfq.entropy_loss(z) + 0.5 * commitment)
    output.quantized.sum().backward()
    assert z.grad is not None
    torch.testing.assert_close(z.grad, 1 - z.detach().tanh().square())  # straight through the sign, as if it were tanh
    with torch.no_grad():
        assert lfq(z).aux_loss == output.aux_loss  # the first pass of activation checkpointing
        assert lfq.eval()(z).aux_loss == 0


@pytest.mark.parametrize("dim", [0, -1, 63])
def test_impossible_dimensions_are_refused(dim: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 62 channels, got {dim}"):
        LFQ(dim)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("temperature", (0.0, -1.0, math.nan, math.inf)),
        ("entropy_weight", (-0.1, math.nan)),
        ("diversity", (-1.0, math.inf)),
        ("commitment_weight", (-1.0, math.nan)),
    ],
)
def test_impossible_options_are_refused(option: str, values: tuple[float, ...]) -> None:
    for value in values:
        with pytest.raises(ValueError, match=f"^{option} must be"):
            LFQ(3, **{option: value})  # type: ignore[arg-type]


def test_indices_out_of_range_are_refused() -> None:
    for index in (-1, 16):
        with pytest.raises(ValueError, match="0 … 15"):
            LFQ(4).decode(torch.full((1, 1, 2, 2), index))
    assert math.log2(LFQ(4).codebook_size) == 4

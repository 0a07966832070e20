"""The Lab's own ways to learn a codebook: equal in values, losses and gradients to vector-quantize-pytorch's."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from rfsq.quantizers import Quantizer
from rfsq.teaching.lab.life import CodebookVQ, SimVQ, rotated
from rfsq.teaching.lab.life.rotation import rotated as rotation


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def as_ours(tokens: Tensor) -> Tensor:
    """(1, N, D) -> (1, D, 1, N)."""
    return tokens.permute(0, 2, 1)[:, :, None]


def gradients(quantizer: Quantizer, tokens: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Quantized (1, N, D), indices (1, N), loss, and the gradient of a weighted sum plus the loss at the tokens."""
    tokens = tokens.clone().requires_grad_()
    output = quantizer.train()(as_ours(tokens))
    quantized = output.quantized[:, :, 0].permute(0, 2, 1)
    ((quantized * weights).sum() + output.aux_loss).backward()
    assert tokens.grad is not None
    return quantized.detach(), output.indices[:, 0, 0], output.aux_loss.detach(), tokens.grad


@pytest.mark.parametrize("dim", [2, 5])
@pytest.mark.parametrize("gradient", ["straight-through", "rotation"])
def test_a_learned_codebook_is_that_of_the_peer(gradient: str, dim: int) -> None:
    peers = pytest.importorskip("vector_quantize_pytorch")
    codes, tokens, weights = numbers(16, dim), numbers(1, 100, dim, seed=1), numbers(1, 100, dim, seed=2)
    peer = peers.VectorQuantize(
        dim,
        16,
        learnable_codebook=True,
        ema_update=False,
        rotation_trick=gradient == "rotation",
        commitment_weight=1.0,  # of the one loss without detached sides: codebook and commitment loss at equal weight
    )
    with torch.no_grad():
        peer.codebook = codes
    other = tokens.clone().requires_grad_()
    quantized, indices, loss = peer.train()(other)
    ((quantized * weights).sum() + loss.sum()).backward()

    ours = CodebookVQ(codes, gradient=gradient, commitment_weight=1.0)  # type: ignore[arg-type]
    mine = gradients(ours, tokens, weights)
    torch.testing.assert_close(mine[0], quantized.detach(), rtol=1e-5, atol=1e-6)
    assert torch.equal(mine[1], indices) and len(indices.unique()) > 8
    torch.testing.assert_close(mine[2], 2 * loss.detach().squeeze())  # each of our two parts has the value of theirs
    torch.testing.assert_close(mine[3], other.grad, rtol=1e-4, atol=1e-5)
    assert ours.codebook.grad is not None
    torch.testing.assert_close(ours.codebook.grad, peer._codebook.embed.grad[0], rtol=1e-4, atol=1e-6)


def test_simvq_is_that_of_the_peer() -> None:
    peers = pytest.importorskip("vector_quantize_pytorch")
    tokens, weights = numbers(1, 100, 3, seed=1), numbers(1, 100, 3, seed=2)
    torch.manual_seed(0)
    peer = peers.SimVQ(dim=3, codebook_size=16, rotation_trick=False)
    other = tokens.clone().requires_grad_()
    quantized, indices, loss = peer.train()(other)
    ((quantized * weights).sum() + loss).backward()

    ours = SimVQ(peer.frozen_codebook)
    with torch.no_grad():
        ours.map.copy_(peer.code_transform.weight)
    mine = gradients(ours, tokens, weights)
    torch.testing.assert_close(mine[0], quantized.detach(), rtol=1e-5, atol=1e-6)
    assert torch.equal(mine[1], indices) and len(indices.unique()) > 4
    torch.testing.assert_close(mine[2], loss.detach())
    torch.testing.assert_close(mine[3], other.grad, rtol=1e-4, atol=1e-6)
    assert ours.map.grad is not None
    torch.testing.assert_close(ours.map.grad, peer.code_transform.weight.grad, rtol=1e-4, atol=1e-6)


def test_the_rotation_is_that_of_the_peer_also_where_lengths_vanish_or_directions_oppose() -> None:
    peer = pytest.importorskip("vector_quantize_pytorch.vector_quantize_pytorch")
    z = torch.cat([numbers(50, 3), torch.zeros(1, 3), torch.tensor([[1.0, 0, 0], [0, 2, 0]])])
    codes = torch.cat([numbers(50, 3, seed=1), numbers(1, 3), torch.tensor([[-2.0, 0, 0], [0, 0, 0]])])
    weights = numbers(53, 3, seed=2)
    found = []
    for function in (rotated, peer.rotate_to):
        leaf = z.clone().requires_grad_()
        value = function(leaf, codes)
        (value * weights).sum().backward()
        found.append((value.detach(), leaf.grad))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-5, atol=1e-4)


def test_the_rotation_turns_a_gradient_by_the_angle_from_latent_to_code_and_scales_it() -> None:
    z = torch.tensor([[2.0, 0.0]], requires_grad=True)
    code = torch.tensor([[0.0, 1.0]])  # a quarter turn to the left, half as long
    value = rotation(z, code)
    torch.testing.assert_close(value.detach(), code)
    [gradient] = torch.autograd.grad((value * torch.tensor([[0.0, 1.0]])).sum(), z)
    torch.testing.assert_close(gradient, torch.tensor([[0.5, 0.0]]))


def test_the_quantized_values_are_the_codes_exactly_and_decode_to_the_same() -> None:
    for quantizer in (
        CodebookVQ(numbers(8, 2)),
        CodebookVQ(numbers(8, 2), gradient="rotation"),
        SimVQ(numbers(8, 2)),
    ):
        output = quantizer(as_ours(numbers(1, 40, 2, seed=3)))
        assert torch.equal(output.quantized, quantizer.decode(output.indices))


def test_a_code_that_no_token_takes_gets_no_gradient_unless_it_hangs_on_a_map() -> None:
    codes = torch.tensor([[0.0, 0.0], [9.0, 9.0]])
    tokens = 0.1 * numbers(1, 20, 2)
    plain, sim = CodebookVQ(codes), SimVQ(codes + 1)
    for quantizer in (plain, sim):
        gradients(quantizer, tokens, torch.ones(1, 20, 2))
    assert plain.codebook.grad is not None and sim.map.grad is not None
    assert not plain.codebook.grad[1].any() and plain.codebook.grad[0].any()
    before = sim.learned_codebook
    with torch.no_grad():
        sim.map -= 0.01 * sim.map.grad
    assert torch.all((sim.learned_codebook - before).norm(dim=1) > 0)


@pytest.mark.parametrize("codes", [torch.zeros(1, 2), torch.zeros(4)])
def test_less_than_two_codes_are_refused(codes: Tensor) -> None:
    with pytest.raises(ValueError, match="at least 2 codes"):
        CodebookVQ(codes)
    assert math.isclose(float(CodebookVQ(torch.eye(2)).bits_per_token), 1)

"""A call that nobody looks into keeps nothing for it, and still says the same when it is looked into."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from made_quantizers import DIM, MAKERS, latents, made, stacked
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from rfsq.quantizers import FSQ, Quantizer, Residual
from rfsq.quantizers.conditioning import strategy

every = pytest.mark.parametrize("name", MAKERS)
CONSTANT = [
    name for name in MAKERS if name.startswith("fsq, ") and name.split(", ")[1] in ("none", "gain", "geometric")
]
"""Stacks whose gradient is known beforehand."""


class Operations(TorchDispatchMode):
    """Counts what torch is asked to do."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.counts[str(function)] += 1
        return function(*args, **(kwargs or {}))


@every
def test_stages_that_are_asked_for_later_are_those_of_the_walk(name: str) -> None:
    quantizer, z = made(name), latents(3, DIM, 6, 5)
    with torch.no_grad():
        output, steps = quantizer(z), list(quantizer.steps(z))
    assert len(output.stages) == len(steps)
    for trace, step in zip(output.stages, steps, strict=True):
        assert torch.equal(trace.quantized, step.total) and torch.equal(trace.indices, step.rounded.indices)
        for mine, tensor in ((trace.rms_before, step.residual), (trace.rms_after, step.remainder)):
            torch.testing.assert_close(mine, tensor.square().mean(dim=(1, 2, 3)).sqrt(), atol=1e-6, rtol=1e-5)


@every
def test_gradients_and_their_absence_give_the_same_result(name: str) -> None:
    quantizer, z = made(name), latents(3, DIM, 6, 5)
    with torch.no_grad():
        lean = quantizer(z)
    rich = quantizer(z.clone().requires_grad_())
    assert torch.equal(lean.quantized, rich.quantized.detach()) and torch.equal(lean.indices, rich.indices)
    for mine, other in zip(lean.stages, rich.stages, strict=True):
        assert torch.equal(mine.quantized, other.quantized) and torch.equal(mine.rms_after, other.rms_after)


@every
def test_a_call_writes_over_nothing_that_is_not_its_own(name: str) -> None:
    quantizer, z = made(name), latents(2, DIM, 6, 5)
    before, buffers = z.clone(), {key: tensor.clone() for key, tensor in quantizer.named_buffers()}
    with torch.no_grad():
        first = quantizer(z)
        kept = first.quantized.clone(), first.indices.clone()
        quantizer(latents(2, DIM, 6, 5, seed=1))
    assert torch.equal(z, before) and torch.equal(first.quantized, kept[0]) and torch.equal(first.indices, kept[1])
    assert all(torch.equal(tensor, buffers[key]) for key, tensor in quantizer.named_buffers())


@pytest.mark.parametrize("conditioning", ["scale", "gain"])
def test_stages_of_a_quantizer_that_was_changed_since_are_refused(conditioning: str) -> None:
    quantizer = stacked("fsq", conditioning).eval()
    with torch.no_grad():
        output = quantizer(latents(2, DIM, 6, 5))
    quantizer.parts[0].conditioning.set_factor(0.5)
    with pytest.raises(RuntimeError, match="changed since the call"):
        _ = output.stages


@every
def test_stages_of_a_training_batch_with_tokens_that_are_no_numbers_are_told(name: str) -> None:
    quantizer, z = made(name).train(), latents(2, DIM, 6, 5)
    z[0, 0, 0, 0], z[1, 0] = torch.nan, torch.inf
    for gradient in (True, False):
        with torch.set_grad_enabled(gradient):
            traces = quantizer(z.clone().requires_grad_(gradient)).stages
        assert len(traces) == quantizer.num_stages and all(trace.usage > 0 for trace in traces)


@pytest.mark.parametrize("name", CONSTANT)
@pytest.mark.parametrize("keep", [None, torch.tensor([1, 2, 1])])
def test_the_gradient_of_all_stages_at_once_is_that_of_every_operation(name: str, keep: Tensor | None) -> None:
    quantizer = made(name).train()
    weights, gradients = latents(3, DIM, 6, 5, seed=7), []

    def step_by_step(z: Tensor) -> Tensor:
        return quantizer.collect(z, quantizer.walk(z), keep).quantized

    for call in (lambda z: quantizer(z, keep).quantized, step_by_step):
        z = (1.5 * latents(3, DIM, 6, 5)).requires_grad_()
        call(z).backward(weights)
        gradients.append(z.grad)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-6)
    assert bool((gradients[0] != 0).any()) and not torch.equal(gradients[0], weights)


def test_stages_that_take_turns_pass_no_gradient_for_the_channels_that_they_leave_out() -> None:
    stack = Residual(lambda stage: FSQ(((8, 1, 5), (1, 8, 5))[stage]), 2).train()
    z = latents(2, 3, 4, 4).requires_grad_()
    stack(z).quantized.sum().backward()
    alone = latents(2, 3, 4, 4).requires_grad_()
    stack.collect(alone, stack.walk(alone)).quantized.sum().backward()
    torch.testing.assert_close(z.grad, alone.grad)


def test_a_second_derivative_is_refused_in_one_sentence() -> None:
    z = latents(1, DIM, 3, 3).requires_grad_()
    with pytest.raises(RuntimeError, match="cannot be differentiated again"):
        torch.autograd.grad(stacked("fsq", "none")(z).quantized.sum(), z, create_graph=True)


@pytest.mark.parametrize("name", [*MAKERS])
def test_a_call_looks_at_its_numbers_once_whatever_the_stages(name: str) -> None:
    """On a GPU each look is a wait for all that was asked for before."""
    quantizer, z = made(name), latents(2, DIM, 6, 5)
    with torch.no_grad():
        output = quantizer(z)
        for call, looks in (
            (lambda: quantizer(z), 1),
            (lambda: quantizer.decode(output.indices, output.side), 1 + bool(quantizer.side_values)),
        ):
            with Operations() as operations:
                call()
            assert operations.counts["aten._local_scalar_dense.default"] <= looks


def operations_of(call: Callable[[], object]) -> int:
    views = ("view", "select", "unbind", "unsqueeze", "detach", "expand", "slice", "alias", "permute", "empty")
    with Operations() as operations:
        call()
    return sum(count for name, count in operations.counts.items() if not name.removeprefix("aten.").startswith(views))


@pytest.mark.parametrize(
    ("quantizer", "most"),
    [
        (FSQ((8, 8, 8, 4)), 12),
        (Residual(lambda stage: FSQ((4,) * 5), 4, "geometric"), 54),
        (Residual(lambda stage: FSQ((4,) * 5), 4, "none"), 45),
    ],
    ids=["fsq", "geometric", "none"],
)
def test_a_call_in_use_is_few_operations(quantizer: Quantizer, most: int) -> None:
    """Each is a kernel on a GPU, where so small ones take as long to be asked for as to run."""
    quantizer.eval()
    z = latents(2, quantizer.dim, 8, 8)
    with torch.no_grad():
        assert operations_of(lambda: quantizer(z)) <= most


def test_every_strategy_says_whether_it_is_constant_as_its_parameters_say() -> None:
    for name in ("none", "gain", "geometric"):
        assert strategy(name).constant and not list(strategy(name).build(DIM, (1.0,) * DIM, 1.0).parameters())
    for name in ("scale", "layernorm", "layernorm-global"):
        assert not strategy(name).constant

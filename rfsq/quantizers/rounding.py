"""What rounding needs everywhere: its gradient, exact indices, and numbers that stay float32."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn, sym_max
from torch.autograd import forward_ad


class Float32Module(nn.Module):
    """A module whose numbers stay float32, whatever the model around it is cast to.

    `.half()`, `.bfloat16()`, `.double()` and `.to(dtype)` move it to the device asked for and leave its type alone: half
    a level's distance decides about an index, so constants in half precision would silently give other indices. A state
    that was saved in another type is loaded as float32, too.
    """

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        def keep_type(tensor: Tensor) -> Tensor:
            changed = fn(tensor)
            return changed if changed.dtype == tensor.dtype else tensor.to(changed.device)

        return super()._apply(keep_type, recurse)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *arguments: Any) -> None:
        """A state in another type is taken as the numbers it holds, also where `assign=True` would put it in place."""
        mine = {prefix + name: tensor for name, tensor in (*self._parameters.items(), *self._buffers.items())}
        typed = {
            name: value.to(tensor.dtype)
            for name, value in state_dict.items()
            if (tensor := mine.get(name)) is not None and isinstance(value, Tensor)
        }
        super()._load_from_state_dict(state_dict | typed, prefix, *arguments)


class _StraightThrough(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(hard: Tensor, soft: Tensor) -> Tensor:
        return hard.view_as(hard)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:
        return None, grad


class _StraightThroughForward(_StraightThrough):
    """With a derivative in forward mode as well, which `torch.compile` refuses to trace."""

    generate_vmap_rule = True

    @staticmethod
    def jvp(ctx: Any, hard: Tensor | None, soft: Tensor) -> Tensor:
        return soft.view_as(soft)


def straight_through(hard: Tensor, soft: Tensor) -> Tensor:
    """`hard` in the forward pass, the gradient of `soft` in the backward pass (Bengio et al., arXiv:1308.3432).

    The usual `soft + (hard - soft).detach()` is off by a float rounding error, so that a decoder which only holds
    indices could not reproduce the encoder's tensor exactly. This form can.
    """
    if not torch.is_grad_enabled():
        return hard
    function = _StraightThrough if torch.compiler.is_compiling() else _StraightThroughForward
    return function.apply(hard, soft)


class _LessGradient(torch.autograd.Function):
    """`hard` in the forward pass; in the backward pass the gradient of `soft` less the share that is lost."""

    @staticmethod
    def forward(ctx: Any, hard: Tensor, soft: Tensor, lost: Tensor) -> Tensor:
        ctx.save_for_backward(lost)
        return hard.view_as(hard)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[None, Tensor, None]:
        (lost,) = ctx.saved_tensors
        if torch.is_grad_enabled():
            raise RuntimeError("the gradient of a stack of FSQ cannot be differentiated again; torch.func.grad's can")
        return None, torch.addcmul(grads[0], grads[0], lost, value=-1), None


def less_gradient(hard: Tensor, soft: Tensor, lost: Tensor) -> Tensor:
    """`hard` in the forward pass, the gradient of `soft` times 1 − `lost` in the backward pass; all (B, D, h, w)."""
    return _LessGradient.apply(hard, soft, lost)


def is_eager() -> bool:
    """Whether operations run one by one, to be differentiated backwards: no graph is traced, no transform of `torch.func`
    is at work, no derivative is carried forward."""
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        return False
    return forward_ad._current_level < 0


def written_over(soft: Tensor, write: Callable[[Tensor], object]) -> Tensor:
    """A copy of `soft` that `write` has written over, with the gradient of `soft`: straight through what it wrote.

    What is recorded of a copy passes the gradient on, whatever is written over it without a record. That needs no backward
    pass in Python, which takes longer than all else of a small call.
    """
    recorded = is_eager()
    copy = soft.clone() if recorded else soft.detach().clone()
    with torch.no_grad():
        write(copy)
    return copy if recorded else straight_through(copy, soft)


# A GPU works as long on one operation with three tensors as on one with two; CPUs have no fast kernels for three where one
# is spread over the others. The results are equal: of the first but for the last bit of what is rounded.


def round_over(bounded: Tensor, half: Tensor) -> Tensor:
    """Write over what lies in [-1, 1] the number of the nearest level: (B, D, h, w), half: (1, D, 1, 1) -> 0 … 2·half."""
    if bounded.is_cuda:
        return torch.addcmul(half, bounded, half, out=bounded).round_()
    return bounded.add_(1).mul_(half).round_()


def value_over(digits: Tensor, divisor: Tensor, lowest: Tensor) -> Tensor:
    """Write over digits (B, D, h, w) what they stand for: digits / divisor + lowest, each (1, D, 1, 1)."""
    if digits.is_cuda:
        return torch.addcdiv(lowest, digits, divisor, out=digits)
    return digits.div_(divisor).add_(lowest)


EXACT_SUM = 2**24  # indices below it are exact as float32, whatever the order of summing, and many times faster so


def weighted_sum(digits: Tensor, radix: Tensor, count: int) -> Tensor:
    """Indices below `count` as whole numbers, from digits (B, D, h, w) and their weights: (B, h, w), float32 or int64.

    digits: whole numbers of any type; radix: (1, D, 1, 1), float32 where `count` is at most `EXACT_SUM`, else int64.
    """
    if count <= EXACT_SUM:
        return (digits * radix).sum(dim=1)
    # Summed channel by channel: onnxruntime takes a sum of int64 in float64.
    return reduce(torch.add, (digits.to(torch.int64) * radix).unbind(dim=1))


def radix_of(weights: Sequence[int], count: int) -> Tensor:
    """The weights of the digits of an index below `count`, as `weighted_sum` takes them: (1, D, 1, 1)."""
    return torch.tensor(weights, dtype=torch.float32 if count <= EXACT_SUM else torch.int64).view(1, -1, 1, 1)


def whole_indices(numbers: Tensor, count: int | None) -> Tensor:
    """Numbers, whole ones of any type and shape, as int64.

    With `count`, what is no number gets a valid index below it, so that nothing that is looked up by it breaks.
    """
    indices = numbers.to(torch.int64)
    if count is None:
        return indices
    return indices.clamp(0, count - 1) if indices is numbers else indices.clamp_(0, count - 1)


def part_of(keep: Tensor | None, stage: int, values: Tensor, before: Tensor | None) -> Tensor:
    """Values (B, D, h, w) for the images that keep this stage (counted from 1), those of `before` for the others.

    keep: (B,) int64, how many stages each image keeps; None for all.
    """
    if keep is None or before is None:
        return values
    return torch.where((keep >= stage).view(-1, 1, 1, 1), values, before)


def per_channel(values: Tensor) -> Tensor:
    """(D,) -> (1, D, 1, 1), to calculate with latents."""
    return values.view(1, -1, 1, 1)


def rms(x: Tensor) -> Tensor:
    """Root mean square of each image's latents: (B, D, h, w) -> (B,), 0 where there are none."""
    # Of rows first: that takes no copy of x, and over whole images rounding errors would add up.
    rows = torch.linalg.vector_norm(x.detach(), dim=3)
    channels, height, width = x.shape[1:]
    return rows.square().sum(dim=(1, 2)).div(sym_max(channels * height, 1)).div(sym_max(width, 1)).sqrt()


def can_read_values(x: Tensor) -> bool:
    """Whether code may look at numbers now: not while a graph is traced (compile, export) or a CUDA graph captured."""
    if torch.compiler.is_compiling():
        return False
    return not (x.is_cuda and torch.cuda.is_current_stream_capturing())


def is_finite(x: Tensor) -> bool:
    """Whether no number is NaN or infinite; also True where a transform of `torch.func` hides the numbers.

    A finite sum proves it, many times faster; only an overflow needs the rest. A GPU is waited for once.
    """
    try:
        return math.isfinite(x.sum().item()) or bool(x.isfinite().all())
    except RuntimeError:  # vmap: "data-dependent control flow"
        return True

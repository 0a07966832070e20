"""What rounding needs everywhere: its gradient, exact indices, and numbers that stay float32."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn, sym_max


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


def weighted_sum(digits: Tensor, radix: Tensor, count: int) -> Tensor:
    """Indices below `count` from digits (B, D, h, w), whole numbers of any type, and their weights: (B, h, w) int64.

    What is no number has no index; it gets a valid one all the same, so that nothing that is looked up by it breaks.
    """
    if count <= 2**24:  # float32 is exact, whatever the order of summing, and many times faster on CPUs
        indices = (digits.float() * radix.float()).sum(dim=1).to(torch.int64)
    else:  # channel by channel: onnxruntime takes a sum of int64 in float64
        indices = reduce(torch.add, (digits.to(torch.int64) * radix).unbind(dim=1))
    return indices.clamp_(0, count - 1)


def per_channel(values: Tensor) -> Tensor:
    """(D,) -> (1, D, 1, 1), to calculate with latents."""
    return values.view(1, -1, 1, 1)


def rms(x: Tensor) -> Tensor:
    """Root mean square of each image's latents: (B, D, h, w) -> (B,), 0 where there are none."""
    # Of rows first: that takes no copy of x, and over whole images rounding errors would add up.
    rows = torch.linalg.vector_norm(x.detach(), dim=3)
    channels, height, width = x.shape[1:]
    return rows.square().sum(dim=(1, 2)).div(sym_max(channels * height, 1)).div(sym_max(width, 1)).sqrt()


def can_read_values() -> bool:
    """Whether code may look at numbers now: not while a graph is traced (compile, export) or a CUDA graph captured."""
    if torch.compiler.is_compiling():
        return False
    return not (torch.cuda.is_available() and torch.cuda.is_current_stream_capturing())


def is_finite(x: Tensor) -> bool:
    """Whether no number is NaN or infinite; also True where a transform of `torch.func` hides the numbers.

    A finite sum proves it, many times faster; only an overflow needs the rest.
    """
    try:
        return bool(x.sum().isfinite()) or bool(x.isfinite().all())
    except RuntimeError:  # vmap: "data-dependent control flow"
        return True

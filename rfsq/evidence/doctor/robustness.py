"""Gradients, broken input, and what a call leaves behind."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rfsq.evidence.doctor.line import Line, Verdict, counted
from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.answer import Answer, ask, decode
from rfsq.quantizers.foreign.errors import ForeignError, foreign_code
from rfsq.quantizers.foreign.probe import copy_of
from rfsq.style.wording import listed

_TINY = 0.02  # of the gradient


def gradient(foreign: Foreign, latents: Tensor) -> Line:
    """Whether a gradient passes through the rounding to the encoder, in training."""
    check, sample = "gradient", f"{counted(latents[:, 0].numel(), 'token')}, in training"
    cure = "pass the gradient through the rounding (straight through), or the encoder learns nothing"
    module = copy_of(foreign.module).train()
    z = latents.clone().requires_grad_()
    weights = torch.randn(latents.shape, generator=torch.Generator().manual_seed(1))
    quantized = ask(module, foreign.manner, z).quantized
    if not quantized.requires_grad:
        return Line(check, "red", "none: the result does not depend on the latents", sample, cure)
    with foreign_code("differentiating it"):
        (found,) = torch.autograd.grad((quantized.float() * weights).sum(), z, allow_unused=True)
    if found is None or not bool(found.any()):
        return Line(check, "red", "none reaches the latents", sample, cure)
    if not bool(found.isfinite().all()):
        return Line(check, "red", "it is not finite", sample, "keep divisions and logarithms away from 0")
    share = float((found * weights).sum() / weights.square().sum())
    return Line(
        check,
        "green" if share >= _TINY else "yellow",
        f"{share:.2f} of it reaches the latents" if abs(share - 1) > 5e-3 else "it reaches the latents unchanged",
        sample,
        "" if share >= _TINY else "nearly nothing comes through: look for saturated bounds",
    )


@torch.no_grad()
def broken_input(foreign: Foreign, latents: Tensor) -> list[Line]:
    """NaN and infinity in one token of the first image."""
    return [_with_value(foreign, latents, name, value) for name, value in (("NaN", torch.nan), ("infinity", torch.inf))]


def _with_value(foreign: Foreign, latents: Tensor, name: str, value: float) -> Line:
    sample = f"one token of {counted(len(latents), 'image')}"
    broken = latents.clone()
    broken[0, :, 0, 0] = value
    before = ask(copy_of(foreign.module), foreign.manner, latents)
    try:
        after = ask(copy_of(foreign.module), foreign.manner, broken)
    except ForeignError as error:
        return Line(name, "green", f"refused: {error}", sample)
    spread = bool((after.indices[1:] != before.indices[1:]).any())
    sizes = torch.tensor([float(size) for size in foreign.codebook_sizes]).view(1, -1, 1, 1)
    inside = bool(((after.indices >= 0) & (after.indices.double() < sizes)).all())
    if spread or not inside:
        words = ["it changes the indices of other images"] if spread else []
        words += [] if inside else [f"it gets an index outside the codebook, {_outside(foreign, after)}"]
        return Line(
            name,
            "red",
            "; ".join(words),
            sample,
            "refuse latents that are not finite, or clamp every index to its codebook",
        )
    if name == "NaN":
        return Line(
            name,
            "yellow",
            "it gets some valid index, and nobody hears of it",
            sample,
            "refuse latents that are not finite",
        )
    finite = bool(after.quantized.isfinite().all())
    return Line(
        name,
        "green" if finite else "yellow",
        "it gets the outermost code" if finite else "the quantized latents are not finite",
        sample,
        "" if finite else "bound the latents before rounding",
    )


def _outside(foreign: Foreign, answer: Answer) -> str:
    token = answer.indices[0, :, 0, 0].tolist()
    return listed(
        [str(index) for index, size in zip(token, foreign.codebook_sizes, strict=True) if not 0 <= index < size]
    )


@torch.no_grad()
def empty_batch(foreign: Foreign, latents: Tensor) -> Line:
    """A batch of no image, as the last one of a data loader may be."""
    try:
        answer = ask(copy_of(foreign.module), foreign.manner, latents[:0])
    except ForeignError as error:
        return Line("empty batch", "yellow", str(error), "0 images", "give empty results for an empty batch")
    right = answer.indices.shape[0] == 0
    return Line(
        "empty batch", "green" if right else "red", "empty results" if right else "results of nothing", "0 images"
    )


@torch.no_grad()
def state_between_calls(foreign: Foreign, latents: Tensor) -> Line:
    """Whether a call in use leaves something on the module that changes what it says next."""
    check, sample = "state between calls", f"two calls in use, of {counted(len(latents), 'image')} each"
    module = copy_of(foreign.module)
    before = _tensors(module)
    first = ask(module, foreign.manner, latents)
    decoded = _decoded(module, foreign, first)
    ask(module, foreign.manner, latents.flip(0) * 2 + 0.5)
    again_decoded = _decoded(module, foreign, first)
    again = ask(module, foreign.manner, latents)
    left = sorted(name for name, tensor in _tensors(module).items() if not _equal(before.get(name), tensor))
    changed: list[str] = []
    if not torch.equal(first.indices, again.indices):
        changed.append("the same latents get other indices after another call")
    if decoded is not None and again_decoded is not None and not _equal(decoded, again_decoded):
        changed.append("the same indices decode to other latents after another call")
    verdict: Verdict = "red" if changed else "yellow" if left else "green"
    words = changed + ([f"left on the module: {listed(left[:4])}"] if left else [])
    return Line(
        check,
        verdict,
        "; ".join(words) or "nothing is left on the module",
        sample,
        "return statistics as values and take them as arguments; a decoder elsewhere has none of this" if words else "",
    )


def _decoded(module: nn.Module, foreign: Foreign, answer: Answer) -> Tensor | None:
    if foreign.manner.decoder is None:
        return None
    try:
        side = answer.side if foreign.side_values else None
        return decode(module, foreign.manner, answer.indices, side, foreign.dim).clone()
    except ForeignError:
        return None  # `decoding` says so


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    """Copies of all tensors that a module and its parts hold, registered or not."""
    found = dict(module.state_dict())
    for prefix, part in module.named_modules():
        for name, value in (*vars(part).items(), *part.named_buffers(recurse=False)):
            if isinstance(value, Tensor):
                found[f"{prefix}.{name}".lstrip(".")] = value
    return {name: tensor.detach().clone() for name, tensor in found.items()}


def _equal(one: Tensor | None, other: Tensor) -> bool:
    return one is not None and one.shape == other.shape and bool(torch.equal(one.nan_to_num(), other.nan_to_num()))

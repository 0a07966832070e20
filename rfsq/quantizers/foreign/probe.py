"""Work out how a module from outside wants to be called, by trying small latents on a copy of it."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from rfsq.quantizers.foreign.answer import Answer, ask, decode_by, parts_of
from rfsq.quantizers.foreign.errors import ForeignError, foreign_code
from rfsq.quantizers.foreign.manner import DECODERS, LAYOUTS, IndexOrder, Layout, Manner, given, order_of, stated_sizes

_BATCH = 2
_SIDES = (3, 7, 11)  # two of them that are not the number of channels, so that no axis is taken for another
CLOSE = 1e-3  # of the deviation: a decoder that is nearer than this is the right one


@torch.no_grad()
def work_out(module: nn.Module, dim: int) -> Manner:
    """How to call a module for latents of `dim` channels. Nothing of the module changes.

    Raises ForeignError: it takes no layout, its answer has no indices, or nobody knows what an index can be.
    """
    height, width = [side for side in _SIDES if side != dim][:2]
    z = torch.randn(_BATCH, dim, height, width, generator=torch.Generator().manual_seed(0))
    grid = (_BATCH, height, width)
    stated = getattr(module, "layout", None)
    layouts = (stated,) if stated in LAYOUTS else LAYOUTS
    errors: dict[Layout, ForeignError] = {}
    for layout in layouts:
        trial = copy_of(module)
        try:
            with foreign_code("called with latents"):
                result = trial(given(z, layout))
            parts = parts_of(result, given(z, layout))
            order = order_of(parts.indices.shape, grid)
            if order is None:
                raise ForeignError(
                    f"indices of shape {tuple(parts.indices.shape)} do not fit {_BATCH} images of {height}×{width} tokens"
                )
        except ForeignError as error:
            errors[layout] = error
            continue
        return _complete(trial, layout, order, z)
    tried: dict[str, list[str]] = {}  # what it said -> the layouts
    for layout, refusal in errors.items():
        tried.setdefault(str(refusal), []).append(f"{layout} {tuple(given(z, layout).shape)}")
    shown = "; ".join(f"as {', '.join(tries)}: {said}" for said, tries in tried.items())
    raise ForeignError(f"it takes latents of {dim} channels in no layout: {shown}")


def _complete(module: nn.Module, layout: Layout, order: IndexOrder, z: Tensor) -> Manner:
    """The rest of the manner, from a first answer."""
    unsized = Manner(layout, order, (), "")
    answer = ask(module, unsized, z)
    count = answer.indices.shape[1]
    sizes = stated_sizes(module, count)
    if sizes is None:
        raise ForeignError(
            f"it does not say how many values an index can take, so its bits cannot be counted; "
            f"give it an attribute codebook_size{f', or codebook_sizes with {count} numbers' if count > 1 else ''}"
        )
    side_values = int(getattr(module, "side_values", 0) or 0)
    decoder, takes = _decoder(module, order, answer, z.shape[1])
    first_stages = False
    if decoder is not None and takes is not None and count > 1:
        first_stages = _takes_first(module, decoder, takes, answer, z.shape[1])
    by_stage = None if first_stages or count == 1 else _stage_codes(module, answer, z.shape[1])
    return Manner(layout, order, *sizes, decoder, takes, first_stages, by_stage, side_values)


def _decoder(module: nn.Module, order: IndexOrder, answer: Answer, dim: int) -> tuple[str | None, IndexOrder | None]:
    """The first method that gives back what was quantized; failing that the first that gives latents at all."""
    orders: list[IndexOrder] = [order, *(other for other in ("bhws", "bshw", "bns", "bhw", "bn") if other != order)]
    usable: tuple[str, IndexOrder] | None = None
    scale = float(answer.quantized.float().std()) or 1.0
    for name in DECODERS:
        if not callable(getattr(module, name, None)):
            continue
        for candidate in orders:
            if ("s" not in candidate) and answer.indices.shape[1] > 1:
                continue
            try:
                values = decode_by(module, name, candidate, answer.indices, answer.side, dim)
            except ForeignError:
                continue
            if float((values.float() - answer.quantized.float()).abs().max()) <= CLOSE * scale:
                return name, candidate
            usable = usable or (name, candidate)
    return usable or (None, None)


def _takes_first(module: nn.Module, name: str, order: IndexOrder, answer: Answer, dim: int) -> bool:
    try:
        side = answer.side if answer.side is None else answer.side[:, :1]
        first = decode_by(module, name, order, answer.indices[:, :1], side, dim)
    except ForeignError:
        return False
    return bool(first.isfinite().all())


def _stage_codes(module: nn.Module, answer: Answer, dim: int) -> str | None:
    """A method that gives the part of every stage, whose sum is what was quantized."""
    manner = Manner("bdhw", "bhws", (), "", stage_codes="get_codes_from_indices")
    try:
        total = stage_codes(module, manner, answer.indices, dim).sum(dim=0)
    except ForeignError:
        return None
    scale = float(answer.quantized.float().std()) or 1.0
    near = float((total.float() - answer.quantized.float()).abs().max()) <= CLOSE * scale
    return manner.stage_codes if near else None


def stage_codes(module: nn.Module, manner: Manner, indices: Tensor, dim: int) -> Tensor:
    """What each index of (B, S, h, w) stands for: (S, B, D, h, w). Raises ForeignError."""
    assert manner.stage_codes is not None
    batch, count, height, width = indices.shape
    with foreign_code(f"{manner.stage_codes} of indices"):
        values = getattr(module, manner.stage_codes)(indices.permute(0, 2, 3, 1))
        return values.reshape(count, batch, height, width, dim).permute(0, 1, 4, 2, 3)


def copy_of(module: nn.Module) -> nn.Module:
    """A copy in evaluation mode. What a call left on the module is copied without its graph. Raises ForeignError."""
    for part in module.modules():
        for name, value in vars(part).items():
            if isinstance(value, Tensor) and not value.is_leaf:
                setattr(part, name, value.detach())
    with foreign_code("copying it"):
        return deepcopy(module).eval()

"""All checks, in the order in which a report tells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from rfsq.evidence.doctor import codes, counts, levels, robustness
from rfsq.evidence.doctor.line import Line
from rfsq.evidence.doctor.sameness import same_indices
from rfsq.evidence.doctor.seen import Seen, see
from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.errors import ForeignError

_TRIED = 16  # images that calls are compared on
_SWEEP = 1024  # values of one channel, all others kept

Found = Line | Sequence[Line] | None


def examine(foreign: Foreign, latents: Tensor) -> list[Line]:
    """Look at a quantizer, fitted or not, at work on latents (P, D, h, w) of the kind that it is for."""
    foreign.eval()
    z = latents.float().contiguous() * foreign.gain
    some = z[:_TRIED].contiguous()
    try:
        seen = see(foreign, z)
    except ForeignError as error:
        return [Line("a call", "red", str(error), f"{len(z)} images", "see the place that is named")]
    checks: list[tuple[str, Callable[[], Found]]] = [
        *_checks_of(seen),
        (
            "reachable codes",
            lambda: codes.reachable_codes(see(foreign, spread(foreign.dim, foreign.codebook_sizes[0]))),
        ),
        ("index ↔ code", lambda: codes.index_and_code(see(foreign, sweeps(foreign.dim, z)))),
        ("decode = quantized", lambda: codes.decoding(foreign, z)),
        ("side information", lambda: codes.side_information(seen)),
        ("same indices", lambda: same_indices(foreign, some)),
        ("gradient", lambda: robustness.gradient(foreign, some)),
        ("NaN", lambda: robustness.broken_input(foreign, some)),
        ("empty batch", lambda: robustness.empty_batch(foreign, some)),
        ("state between calls", lambda: robustness.state_between_calls(foreign, some)),
    ]
    return _lines(checks)


def examine_tensors(
    indices: Tensor,
    latents: Tensor | None = None,
    quantized: Tensor | None = None,
    sizes: tuple[int, ...] | None = None,
) -> list[Line]:
    """Look at what a quantizer left behind: indices (P, S, h, w), and what there is of latents and quantized latents
    (P, D, h, w) and codebook sizes. Without sizes they are taken as one more than the largest index, which is said."""
    whole = indices.round() if indices.is_floating_point() else indices
    known = sizes or tuple(max(1, int(whole[:, number].max()) + 1) for number in range(indices.shape[1]))
    totals = (quantized,) if quantized is not None and indices.shape[1] == 1 else ()
    seen = Seen(latents, indices, quantized, known, totals)
    checks = _checks_of(seen)
    if sizes is None:
        note = (
            "not given: taken as one more than the largest index, so codes at the end that never occur are not missed"
        )
        checks.insert(
            0, ("codebook size", lambda: Line("codebook size", "yellow", note, seen.sample, "give --codebook-size"))
        )
    if quantized is not None:
        checks += [
            ("index ↔ code", lambda: codes.index_and_code(seen)),
            ("side information", lambda: codes.side_information(seen)),
        ]
    else:
        checks = [check for check in checks if check[0] not in _OF_VALUES]
    return _lines(checks)


def spread(dim: int, size: int) -> Tensor:
    """Latents that visit every level alike, whether they are bounded by tanh, clamped or not: (P, dim, 32, 32)."""
    images = max(16, min(128, -(-20 * min(size, codes.SMALL_CODEBOOK) // 1024)))
    generator = torch.Generator().manual_seed(3)
    even = torch.rand(images, dim, 32, 32, generator=generator) * 2 - 1
    wide = torch.randn(images, dim, 32, 32, generator=generator) * torch.logspace(-1, 0.5, images).view(-1, 1, 1, 1)
    return torch.cat([(even * 0.9999).atanh(), even * 1.2, wide])


def sweeps(dim: int, latents: Tensor) -> Tensor:
    """One channel after the other from −4 to 4 in small steps while the others rest, then latents: (P, dim, 1, n)."""
    along = torch.linspace(-4, 4, _SWEEP)
    lines = torch.full((dim, dim, 1, _SWEEP), 0.3)
    for channel in range(dim):
        lines[channel, channel, 0] = along
    tokens = latents.transpose(0, 1).flatten(1)[:, : 16 * _SWEEP]  # (D, N)
    images = tokens.shape[1] // _SWEEP
    if not images:
        return lines
    return torch.cat([lines, tokens[:, : images * _SWEEP].view(dim, images, 1, _SWEEP).transpose(0, 1)])


_OF_VALUES = ("saturation", "dead levels", "signal ÷ spacing", "what each stage adds")


def _checks_of(seen: Seen) -> list[tuple[str, Callable[[], Found]]]:
    parts = {
        "index range": counts.index_range,
        "codebook use": counts.codebook_use,
        "entropy, bits": counts.entropy,
        "joint entropy, bits": counts.joint_entropy,
        "saturation": levels.saturation,
        "dead levels": levels.dead_levels,
        "signal ÷ spacing": levels.signal_to_spacing,
        "what each stage adds": levels.stage_parts,
    }
    return [(name, partial(check, seen)) for name, check in parts.items()]


def _lines(checks: list[tuple[str, Callable[[], Found]]]) -> list[Line]:
    """What all checks say; one that the code from outside breaks is a red line of its own."""
    lines: list[Line] = []
    for name, check in checks:
        try:
            found = check()
        except ForeignError as error:
            found = Line(name, "red", str(error), "", "see the place that is named")
        lines += [] if found is None else [found] if isinstance(found, Line) else found
    return lines

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
Progress = Callable[[int, int, str], None]  # checks that are done, all of them, and the name of the next


def examine(foreign: Foreign, latents: Tensor, progress: Progress | None = None) -> list[Line]:
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
            lambda: codes.reachable_codes(seen, see(foreign, spread(foreign.dim, foreign.codebook_sizes[0]))),
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
    return _lines(checks, progress)


def examine_tensors(seen: Seen, progress: Progress | None = None) -> list[Line]:
    """Look at what a quantizer left behind: indices, and what there is of latents and quantized latents."""
    checks = _checks_of(seen)
    if seen.quantized is None:
        known = _OF_LEVELS if seen.grids else ()
        checks = [check for check in checks if check[0] not in _OF_VALUES or check[0] in known]
    if seen.latents is not None:
        checks.append(("channels", partial(levels.channel_spread, seen.latents)))
    if seen.quantized is not None:
        checks += [
            ("index ↔ code", lambda: codes.index_and_code(seen)),
            ("side information", lambda: codes.side_information(seen)),
        ]
    return _lines(checks, progress)


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


_OF_LEVELS = ("saturation", "dead levels")
_OF_VALUES = (*_OF_LEVELS, "signal ÷ spacing", "what each stage adds")


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


def _lines(checks: list[tuple[str, Callable[[], Found]]], progress: Progress | None = None) -> list[Line]:
    """What all checks say; one that the code from outside breaks is a red line of its own."""
    lines: list[Line] = []
    for number, (name, check) in enumerate(checks):
        if progress is not None:
            progress(number, len(checks), name)
        try:
            found = check()
        except ForeignError as error:
            found = Line(name, "red", str(error), "", "see the place that is named")
        lines += [] if found is None else [found] if isinstance(found, Line) else found
    return lines

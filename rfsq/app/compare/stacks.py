"""One network, any stack: which fitted stacks the Compare page shows for these settings."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from rfsq.app.compare.settings import EVERY, MAX_SHOWN, Settings
from rfsq.model.calibration import calibrated_models
from rfsq.model.config import MAX_BITS
from rfsq.model.stack import OFFERED_CODES, OFFERED_LEVELS, OFFERED_STAGES, StackSpec, parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS

_SINGLE_LEVELS: Final = 65_536  # of a channel, that FSQ can have
TRIED_LEVELS: Final = tuple(sorted({round(2 * 1.125**step) for step in range(89)} & set(range(2, _SINGLE_LEVELS + 1))))
_SIDE_BY_SIDE: Final = {  # by the places that there are
    4: ("none", "gain", "scale", "layernorm"),
    3: ("none", "scale", "layernorm"),
    2: ("none", "layernorm"),
}
OPENING: Final = Settings(preset="network", strategy="layernorm")  # the first view, where its network can be fitted to


def networks(available: Collection[str]) -> tuple[str, ...]:
    """The networks without quantizer that are here, with the latents that stacks are fitted to."""
    return tuple(name for name in calibrated_models() if not ZOO[name].quantized and name in available)


def stack_of(settings: Settings, conditioning: str) -> StackSpec:
    """The stack of these settings with one conditioning."""
    if settings.base == "lfq":
        return StackSpec("lfq", stages=settings.depth, conditioning=conditioning)
    return StackSpec("fsq", (settings.levels,), stages=settings.depth, conditioning=conditioning)


def stack_strategies() -> tuple[str, ...]:
    """What the conditioning control offers: each of them is shown beside none."""
    return (EVERY, *(name for name in CONDITIONINGS if name != "none"))


def shown_stacks(settings: Settings, strategy: str) -> tuple[str, ...]:
    """The names of the models: none first, then what it is compared with, at equal bits. Own quantizers take places."""
    network, dim, places = settings.network, ZOO[settings.network].dim, MAX_SHOWN - len(settings.own)
    specs = [stack_of(settings, name) for name in (_SIDE_BY_SIDE[places] if strategy == EVERY else ("none", strategy))]
    if settings.base == "vq":
        specs = [specs[0], StackSpec("vq", codes=settings.levels**dim, stages=settings.depth)]
    single = settings.levels**settings.depth
    if settings.single and settings.base == "fsq" and settings.depth > 1 and single <= _SINGLE_LEVELS:
        beside = specs[-1:] if places == 2 else specs[: places - 1]
        return (*(spec.name_on(network) for spec in beside), single_stage(network, single))
    return tuple(spec.name_on(network) for spec in specs)


def single_stage(network: str, levels: int) -> str:
    """One FSQ with its best gain, as it stands beside stacks."""
    return StackSpec("fsq", (levels,), stages=1, conditioning="gain").name_on(network)


def is_single(name: str) -> bool:
    """Whether it is one FSQ with its best gain around a network."""
    stack = parse_stack_name(name)
    return stack is not None and (stack[1].base, stack[1].stages, stack[1].conditioning) == ("fsq", 1, "gain")


def why_not(settings: Settings) -> str | None:
    """The sentence that says what these settings cannot show; None if they can."""
    dim = ZOO[settings.network].dim
    if settings.base == "fsq" and dim * math.log2(settings.levels) > MAX_BITS:
        return f"{settings.levels} levels in {dim} channels make more than 2^{MAX_BITS} codes a stage. Choose fewer levels."
    if settings.base == "vq" and settings.levels**dim > OFFERED_CODES:
        codes = f"{settings.levels}^{dim} = {settings.levels**dim}"
        return f"As many codes as {settings.levels} levels in {dim} channels ({codes}) take too long to fit here. Choose fewer."
    if settings.base == "lfq" and dim > MAX_BITS:
        return f"{dim} channels make more than 2^{MAX_BITS} codes a stage."
    return None


def equal_bits(settings: Settings) -> tuple[tuple[int, int], ...]:
    """Levels and stages that cost exactly the same bits, these among them, the most stages first."""
    bits = settings.depth * math.log2(settings.levels)
    return tuple(
        (levels, stages)
        for levels in OFFERED_LEVELS
        for stages in range(OFFERED_STAGES, 0, -1)
        if math.isclose(stages * math.log2(levels), bits)
    )


def nearest_bits(settings: Settings, bits: float, stages: int) -> tuple[int, int]:
    """Levels and stages, of those offered for the base, whose bits per token come nearest to `bits`; of equally near ones
    those with most nearly so many stages."""
    dim = ZOO[settings.network].dim
    offered = (2,) if settings.base == "lfq" else OFFERED_LEVELS
    possible = [
        (levels, depth)
        for levels in offered
        for depth in range(1, OFFERED_STAGES + 1)
        if why_not(replace(settings, levels=levels)) is None
    ]
    return min(
        possible,
        key=lambda one: (round(abs(one[1] * dim * math.log2(one[0]) - bits), 9), abs(one[1] - stages), one[0]),
    )


def bits_of(settings: Settings) -> float:
    """Nominal bits per token of all stages of ours."""
    levels = 2 if settings.base == "lfq" else settings.levels
    return settings.depth * ZOO[settings.network].dim * math.log2(levels)


def with_best_gain(name: str) -> str | None:
    """The stack of this name with one gain for all stages in place of its conditioning. None for any other model, and for
    bases whose codes bring their size with them."""
    stack = parse_stack_name(name)
    if stack is None or stack[1].base != "fsq":
        return None
    return replace(stack[1], conditioning="gain").name_on(stack[0])


def conditioning_of(name: str) -> str | None:
    """The conditioning of a fitted stack; None for any other model."""
    stack = parse_stack_name(name)
    return None if stack is None else stack[1].conditioning

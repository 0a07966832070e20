"""The models of the page: stacks around one network, and models of the zoo that were trained together with theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rfsq.app.compare.choice import strategies_of
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.stacks import why_not
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES, StackSpec, parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS

Mode = Literal["network", "trained"]
MODES: Final[dict[Mode, str]] = {"network": "same network", "trained": "trained together"}
NETWORK: Final = "continuous-5"
FAMILY: Final = "4x1024"  # of the models that were trained together: four stages of 1024 codes
TRAINED_STAGES: Final = ZOO[f"rfsq-{FAMILY}-none"].num_stages


@dataclass(frozen=True)
class Offer:
    """What can be chosen in one mode."""

    names: dict[str, str]  # the model of each conditioning
    stages: int  # S, of all of them


def offer(mode: Mode, levels: int, depth: int) -> Offer:
    """The models of a mode; `levels` of each channel and `depth`, the stages, are of stacks around the network."""
    if mode == "trained":
        return Offer({name: f"rfsq-{FAMILY}-{name}" for name in strategies_of(FAMILY)}, TRAINED_STAGES)
    specs = {name: StackSpec("fsq", (levels,), stages=depth, conditioning=name) for name in CONDITIONINGS}
    return Offer({name: spec.name_on(NETWORK) for name, spec in specs.items()}, depth)


def network_of(name: str) -> str:
    """The model whose network an offered model has: what it was fitted to, or itself."""
    stack = parse_stack_name(name)
    return stack[0] if stack else name


def is_offered(name: str) -> bool:
    """Whether a name, which comes from outside, is that of a model that the page offers."""
    if name in offer("trained", 2, 1).names.values():
        return True
    try:
        stack = parse_stack_name(name)
    except ValueError:
        return False
    if stack is None or stack[0] != NETWORK or stack[1].base != "fsq" or len(stack[1].levels) != 1:
        return False
    [levels], stages = stack[1].levels, stack[1].stages
    if levels not in OFFERED_LEVELS or stages > OFFERED_STAGES:
        return False
    return why_not(Settings(preset="network", network=NETWORK, levels=levels, depth=stages)) is None

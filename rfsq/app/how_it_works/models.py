"""The models of the page "How it works": stacks around one network, and networks that were trained with their stack."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from rfsq.app.shared.own_quantizers import own_quantizers, parse_own_name
from rfsq.model.calibration import calibrated_models
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES, StackSpec, parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS, TRAINED_CONDITIONINGS
from rfsq.style.palette import label_of

NETWORK: Final = "continuous-5"  # the one that all stacks share, so that all get the same latent
FIRST_STACK: Final = StackSpec("fsq", (2,), stages=4, conditioning="none")
FAMILY: Final = {  # the trained model of each conditioning, all alike in everything else
    conditioning: f"rfsq-4x1024-{conditioning}" for conditioning in TRAINED_CONDITIONINGS
}
TRAINED: Final = tuple(name for name, config in ZOO.items() if config.quantized)
STACKED: Final = tuple(
    StackSpec("fsq", (levels,), stages=stages, conditioning=conditioning).name_on(NETWORK)
    for levels in OFFERED_LEVELS
    for stages in range(1, OFFERED_STAGES + 1)
    for conditioning in CONDITIONINGS
)


def stack_of(model: str) -> StackSpec | None:
    """The stack of a model around the network that all share; None for a trained one."""
    found = parse_stack_name(model) if model in STACKED else None
    return found[1] if found else None


def own_of(model: str) -> str | None:
    """The key of the own quantizer of a model, which stands around the network that all stacks share; None for any other."""
    found = parse_own_name(model)
    return found[1].key if found and found[0] == NETWORK else None


def shares_network(model: str) -> bool:
    """Whether its network is the one that all stacks share, so that it gets the same latent as they."""
    return stack_of(model) is not None or own_of(model) is not None


def with_stack(model: str, *, conditioning: str = "", levels: int = 0, stages: int = 0) -> str:
    """The model with another conditioning, other levels or stages. A trained one, and an own quantizer, count as the first
    stack."""
    stack = stack_of(model) or FIRST_STACK
    return replace(
        stack,
        conditioning=conditioning or stack.conditioning,
        levels=(levels,) if levels else stack.levels,
        stages=stages or stack.stages,
    ).name_on(NETWORK)


def conditioning_of(model: str) -> str | None:
    """The conditioning that the control shows for a model; None for one that the control does not offer."""
    if (stack := stack_of(model)) is not None:
        return stack.conditioning
    return next((name for name, known in FAMILY.items() if known == model), None)


def offered(model: str) -> tuple[str, ...]:
    """The conditionings that the control offers beside this model."""
    return CONDITIONINGS if shares_network(model) else tuple(FAMILY)


def with_conditioning(model: str, conditioning: str) -> str:
    """The model of its kind with another conditioning, one of those `offered`."""
    return with_stack(model, conditioning=conditioning) if shares_network(model) else FAMILY[conditioning]


def stacks_here(available: Collection[str]) -> bool:
    """Whether the network that all stacks share is here, with the latents that they are fitted to."""
    return NETWORK in available and NETWORK in calibrated_models()


def models_here(available: Collection[str]) -> dict[str, str]:
    """The labels of the models that the page can show, by name; `available`: those of the zoo whose checkpoints are here."""
    stacks = (*STACKED, *(one.name_on(NETWORK) for one in own_quantizers())) if stacks_here(available) else ()
    return {name: label_of(name) for name in (*stacks, *(name for name in TRAINED if name in available))}


def first_model(available: Collection[str]) -> str:
    """What the page opens with: a stack where there are any, else a trained model."""
    if stacks_here(available):
        return FIRST_STACK.name_on(NETWORK)
    usual = FAMILY["layernorm"]
    return usual if usual in available else next((name for name in TRAINED if name in available), usual)

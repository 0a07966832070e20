"""From settings to models: which pictures a preset shows, which strategies are grey lines, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rfsq.app.compare.settings import EVERY, MAX_SHOWN, Settings
from rfsq.app.compare.stacks import networks, shown_stacks, stack_strategies, why_not
from rfsq.app.shared.own_models import any_own, config_of, stage_count
from rfsq.app.shared.own_quantizers import own_by_key, parse_own_name
from rfsq.model.zoo import ZOO, ceiling_of
from rfsq.quantizers import CONDITIONINGS

TRIO = ("none", "scale", "layernorm")
OURS = ("grouped", "geometric", "layernorm")
EQUAL_BITS = {  # the best of each kind at the bits of a size family
    "4x1024": ("fsq-40-8x32", "rvq-4x1024", "rfsq-4x1024-layernorm", "rfsq-4x1024-grouped"),
    "2x2048": ("fsq-22-4x45", "rvq-2x2048", "rfsq-2x2048-layernorm", "rfsq-2x2048-scale"),
}


@dataclass(frozen=True)
class Choice:
    """What to compute and show."""

    shown: tuple[str, ...]  # models whose pictures are shown, at most MAX_SHOWN
    behind: tuple[str, ...]  # the family's other strategies, for the residual chart
    missing: tuple[str, ...]  # wanted, but without a checkpoint on this machine
    strategies: tuple[str, ...]  # what the conditioning control offers; empty where it has no meaning
    strategy: str  # the one in force
    spread: bool = False  # one model, its stage counts side by side
    own: tuple[str, ...] = ()  # quantizers from outside that are wanted; they are shown once they are fitted
    ceiling: str | None = None  # the unquantized model of the same latent width, stride and loss

    @property
    def counts(self) -> dict[str, int]:
        """The stage count S of each model shown."""
        return {name: stage_count(name) for name in self.shown}

    @property
    def stages(self) -> int:
        """The largest stage count among the models shown, at least 1."""
        return max(self.counts.values(), default=1)

    @property
    def pictures(self) -> tuple[str, ...]:
        """What the viewer calls the pictures beside the original."""
        if not self.spread:
            return self.shown
        return tuple(f"{name}@{k}" for name in self.shown for k in spread_stages(stage_count(name)))


def strategies_of(family: str) -> tuple[str, ...]:
    """The conditionings that the zoo has for a size family, in its order; models that differ in more are left out."""
    names = (name.removeprefix(f"rfsq-{family}-") for name in ZOO if name.startswith(f"rfsq-{family}-"))
    return tuple(name for name in names if name in CONDITIONINGS)


def choose(settings: Settings, available: Collection[str]) -> Choice:
    """The models for these settings. `available`: names whose checkpoints are there; the rest is listed as missing."""
    if settings.preset == "network":
        return _choose_stacks(settings, available)
    # Only the larger family has models of ours to compare with.
    family = "4x1024" if settings.preset == "ours" else settings.family
    offered = strategies_of(family)
    strategies: tuple[str, ...] = {
        "conditioning": (EVERY, *offered),
        "quantizers": offered,
        "stages": offered,
        "ours": (EVERY, *OURS),
    }.get(settings.preset, ())
    fallback = EVERY if EVERY in strategies else "layernorm"
    strategy = settings.strategy if settings.strategy in strategies else fallback

    def model(conditioning: str) -> str:
        return f"rfsq-{family}-{conditioning}"

    wanted: tuple[str, ...]
    if settings.preset == "own":
        wanted = settings.models[:MAX_SHOWN]
    elif settings.preset == "quantizers":
        wanted = ("vq-4096", "fsq-8x8x8x8", model(strategy))
    elif settings.preset == "equal":
        wanted = EQUAL_BITS[family]
    elif settings.preset == "stages":
        wanted = (model(strategy),)
    elif strategy != EVERY:
        wanted = tuple(dict.fromkeys((model("none"), model(strategy))))
    else:
        wanted = tuple(map(model, TRIO if settings.preset == "conditioning" else OURS))
    shown = tuple(name for name in wanted if name in available)
    behind = tuple(name for name in map(model, offered) if name in available and name not in shown)
    limits = set() if any_own(shown) else {ceiling_of(name) for name in shown}  # own networks are narrower
    ceiling = limits.pop() if len(limits) == 1 else None
    return Choice(
        shown=shown,
        behind=() if settings.preset in ("own", "equal") else behind,
        missing=tuple(name for name in wanted if name not in available),
        strategies=strategies,
        strategy=strategy,
        spread=settings.preset == "stages",
        ceiling=ceiling if ceiling in available and ceiling not in shown else None,
    )


def _choose_stacks(settings: Settings, available: Collection[str]) -> Choice:
    offered = stack_strategies()
    strategy = settings.strategy if settings.strategy in offered else "layernorm"
    here = settings.network in networks(available)
    wanted = shown_stacks(settings, strategy) if here and why_not(settings) is None else ()
    return Choice(
        shown=wanted,
        behind=(),
        missing=() if here else (settings.network,),
        strategies=() if settings.base == "vq" else offered,
        strategy=strategy,
        own=tuple(own_by_key(key).name_on(settings.network) for key in settings.own) if here else (),
        ceiling=settings.network if here else None,
    )


def pair_of(names: Sequence[str]) -> tuple[str, str] | None:
    """The two models to flip between: the last stack of ours and the first own quantizer; else the stack without
    conditioning, and the last one with, of as many stages of the same kind. None where there is no such pair."""
    own = [name for name in names if parse_own_name(name) is not None]
    if own:
        ours = [name for name in names if name not in own]
        return (ours[-1], own[0]) if ours else None
    configs = {name: config_of(name) for name in names}
    for name, plain in configs.items():
        if plain.conditioning == "none":
            like = [
                other
                for other, config in configs.items()
                if config.conditioning not in (None, "none")
                and (config.kind, config.num_stages) == (plain.kind, plain.num_stages)
            ]
            if like:
                return name, like[-1]
    return None


def spread_stages(stages: int) -> tuple[int, ...]:
    """Up to MAX_SHOWN stage counts from 1 to `stages`, both included: 1 2 3 4, or 1 2 4 8."""
    if stages <= MAX_SHOWN:
        return tuple(range(1, stages + 1))
    picks = {round(stages ** (i / (MAX_SHOWN - 1))) for i in range(MAX_SHOWN)}
    return tuple(sorted(picks))

"""What happens to a residual before it is rounded, and how that is undone.

Each stage of a residual quantizer gets a weaker signal than the one before. A conditioning strategy brings it back to
the range that the quantizer is made for. A strategy is one class: `class Mine(Conditioning, name="mine")` in a module of
this folder. Every module here is imported, so the class needs no other entry to be found by name, in configs, the zoo and pages. A class defined elsewhere is found by
name as soon as it is defined, in configs and stacks.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfsq.quantizers.conditioning.base import Conditioning, NoConditioning, strategies
from rfsq.quantizers.conditioning.gain import SharedGain
from rfsq.quantizers.conditioning.geometric import Geometric
from rfsq.quantizers.conditioning.layernorm import GlobalLayerNorm, LayerNorm
from rfsq.quantizers.conditioning.scale import LearnableScale

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_PAPER = ("none", "scale", "layernorm", "layernorm-global")
CONDITIONINGS: tuple[str, ...] = (*_PAPER, *(name for name in strategies() if name not in _PAPER))
"""The names of all strategies of this folder, the paper's first."""

TRAINED_CONDITIONINGS: tuple[str, ...] = tuple(name for name in CONDITIONINGS if not strategies()[name].only_fitted)
"""Those that say something where a network is trained with its quantizer."""

ConditioningName = str  # one of CONDITIONINGS

__all__ = [
    "CONDITIONINGS",
    "TRAINED_CONDITIONINGS",
    "Conditioning",
    "ConditioningName",
    "Geometric",
    "GlobalLayerNorm",
    "LayerNorm",
    "LearnableScale",
    "NoConditioning",
    "SharedGain",
    "described",
    "strategies",
    "strategy",
]


def strategy(name: str) -> type[Conditioning]:
    """The class of a strategy, of this folder or defined elsewhere since. Raises ValueError for an unknown name."""
    found = strategies()
    if name not in found:
        raise ValueError(
            f"unknown conditioning {name!r}; choose one of {', '.join(dict.fromkeys((*CONDITIONINGS, *found)))}"
        )
    return found[name]


def described(name: str) -> str:
    """A strategy in a sentence: "none: the remainder is rounded as it is."."""
    return f"{name}: {strategy(name).summary}"

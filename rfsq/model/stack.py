"""A stack by its description: `fsq:levels=2,stages=4,conditioning=none`, around any network that has latents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, get_args

from rfsq.model.config import MAX_STAGES, ModelConfig
from rfsq.model.zoo import ZOO
from rfsq.quantizers.conditioning import strategy
from rfsq.quantizers.fsq import MAX_LEVELS

StackBase = Literal["fsq", "lfq", "vq"]
STACK_BASES: tuple[StackBase, ...] = get_args(StackBase)
MAX_STACK_CODES = 4096  # of a codebook that is fitted here

OFFERED_LEVELS = (2, 3, 4, 5, 6, 8, 10, 12, 16)  # on pages; a description may say any other
OFFERED_STAGES = 8
OFFERED_CODES = 1024  # of a codebook that is fitted while somebody waits

_KEYS = {
    "fsq": ("levels", "stages", "conditioning"),
    "lfq": ("stages", "conditioning"),
    "vq": ("codes", "stages", "conditioning"),
}
_NAME = re.compile(
    r"(?P<network>[a-z0-9-]+)\.(?P<base>fsq|lfq|vq)(-(?P<size>\d+(x\d+)*))?-s(?P<stages>\d+)-(?P<conditioning>[a-z0-9-]+)"
)


@dataclass(frozen=True)
class StackSpec:
    """What is put around a network. Raises ValueError when a value makes no sense.

    >>> spec = StackSpec.parse("fsq:levels=2,stages=4,conditioning=scale")
    >>> spec.text, spec.name_on("continuous-5")
    ('fsq:levels=2,stages=4,conditioning=scale', 'continuous-5.fsq-2-s4-scale')
    """

    base: StackBase = "fsq"
    levels: tuple[int, ...] = ()  # FSQ: one number for all channels, or one for each; equal ones become one number
    codes: int = 0  # VQ: of a stage
    stages: int = 1
    conditioning: str = "none"
    _given: int = field(default=0, init=False, compare=False, repr=False)  # how many levels there were before

    def __post_init__(self) -> None:
        if self.base not in STACK_BASES:
            raise ValueError(f"there is no base {self.base!r}; choose one of {', '.join(STACK_BASES)}")
        if (self.base == "fsq") != bool(self.levels) or any(not 2 <= level <= MAX_LEVELS for level in self.levels):
            raise ValueError(f"levels, 2 … {MAX_LEVELS}, belong to fsq, got {self.levels} for {self.base}")
        if (self.base == "vq") != bool(self.codes) or not (self.codes == 0 or 2 <= self.codes <= MAX_STACK_CODES):
            raise ValueError(f"codes, 2 … {MAX_STACK_CODES}, belong to vq, got {self.codes} for {self.base}")
        if not 1 <= self.stages <= MAX_STAGES:
            raise ValueError(f"stages must be 1 … {MAX_STAGES}, got {self.stages}")
        strategy(self.conditioning)  # raises ValueError for an unknown one
        object.__setattr__(self, "_given", len(self.levels))
        if len(set(self.levels)) == 1 and len(self.levels) > 1:
            object.__setattr__(self, "levels", self.levels[:1])  # one way to say it, so that one stack has one name

    @classmethod
    def parse(cls, text: str) -> StackSpec:
        """From `BASE:key=value,…`; what is left out is `stages=1` and `conditioning=none`. Raises ValueError."""
        base, _, rest = text.partition(":")
        if base not in _KEYS:
            raise ValueError(f"{text!r}: a stack begins with {', '.join(f'{name}:' for name in _KEYS)}, not {base!r}")
        values: dict[str, str] = {}
        for item in filter(None, rest.split(",")):
            key, equals, value = item.partition("=")
            if key not in _KEYS[base] or not equals or key in values:
                raise ValueError(
                    f"{text!r}: {item!r} is not one of {', '.join(f'{k}=…' for k in _KEYS[base])}, once each"
                )
            values[key] = value
        conditioning = values.pop("conditioning", "none")
        try:
            levels = tuple(int(level) for level in values.get("levels", "").split("x") if level)
            return cls(base, levels, int(values.get("codes", 0)), int(values.get("stages", 1)), conditioning)  # type: ignore[arg-type]  # checked above
        except ValueError as error:
            raise ValueError(f"{text!r}: {error}") from error

    @property
    def _size(self) -> str:
        return "x".join(map(str, self.levels)) or (str(self.codes) if self.codes else "")

    @property
    def text(self) -> str:
        """The description, as `parse` takes it."""
        size = {"fsq": f"levels={self._size},", "vq": f"codes={self._size},", "lfq": ""}[self.base]
        return f"{self.base}:{size}stages={self.stages},conditioning={self.conditioning}"

    def name_on(self, network: str) -> str:
        """The name of the model that is this stack around a network of the zoo."""
        return f"{network}.{'-'.join(filter(None, [self.base, self._size, f's{self.stages}', self.conditioning]))}"

    def check_levels(self, network: ModelConfig) -> None:
        """Raises ValueError if the levels, as they were given, do not fit the network's channels."""
        if self._given not in (0, 1, network.dim):
            raise ValueError(
                f"{network.name} has {network.dim} channels; give one number of levels or {network.dim}, "
                f"not {self._given}"
            )

    def config(self, network: ModelConfig) -> ModelConfig:
        """The model's config. Raises ValueError if the levels do not fit the network's channels, or it quantizes."""
        if network.quantized:
            raise ValueError(f"a stack is fitted to a network without quantizer, and {network.name} has one")
        self.check_levels(network)
        levels = self.levels * network.dim if len(self.levels) == 1 else self.levels
        return replace(
            network,
            name=self.name_on(network.name),
            kind=self.base,
            levels=levels,
            codebook_size=self.codes,
            num_stages=self.stages,
            conditioning=self.conditioning,
            fitted=True,
        )


@lru_cache(maxsize=1024)
def parse_stack_name(name: str) -> tuple[str, StackSpec] | None:
    """Network and stack of a name that `StackSpec.name_on` made; None for any other name.

    Raises ValueError for such a name with impossible values, or levels that do not fit a network of the zoo.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    size = tuple(int(number) for number in (match["size"] or "").split("x") if number)
    levels, codes = (size, 0) if match["base"] == "fsq" else ((), size[0] if size else 0)
    spec = StackSpec(match["base"], levels, codes, int(match["stages"]), match["conditioning"])  # type: ignore[arg-type]  # the pattern names the bases
    if match["network"] in ZOO:
        spec.check_levels(ZOO[match["network"]])
    return match["network"], spec

"""What determines a model's shape."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

from rfsq.model.json_config import ADDED_LATER, JsonConfig
from rfsq.quantizers import FSQ, LFQ, VQ, ConditioningName, Quantizer, Residual
from rfsq.quantizers.conditioning import strategy
from rfsq.quantizers.fsq import MAX_LEVELS

QuantizerKind = Literal["fsq", "lfq", "vq", "continuous"]
NetworkKind = Literal["paper", "residual"]
STRIDES = (4, 8, 16)
MAX_STAGES = 32
MAX_DIM = 512
MAX_BITS = 62  # of one stage's index, an int64
MAX_SCALE = 1e6
MAX_WIDTH = 4096  # channels of a hidden layer


@dataclass(frozen=True)
class ModelConfig(JsonConfig):
    """Everything that determines a model's shape. Raises ValueError when a value makes no sense.

    kind, dim and what belongs to the kind (levels or codebook_size) say what one stage is; num_stages and conditioning
    say how stages are stacked; stride, network and hidden say what is around them.

    >>> ModelConfig("mine", kind="fsq", dim=5, levels=(4,) * 5, num_stages=4, conditioning="scale").quantized
    True
    """

    name: str  # in the zoo, or any other name for a model of your own
    kind: QuantizerKind  # the base quantizer, "continuous" for none
    dim: int  # latent channels D
    levels: tuple[int, ...] = ()  # FSQ: levels per channel, the same in all stages
    stage_levels: tuple[tuple[int, ...], ...] = ()  # or per stage and channel, 1 where a stage leaves a channel out
    codebook_size: int = 0  # VQ: number of codes of a stage
    num_stages: int = 1
    conditioning: ConditioningName | None = None  # None: the base quantizer alone
    initial_scale: float = 1.0  # of "scale" and "gain" conditioning: the factor of every stage at the start
    hidden: tuple[int, int] = (128, 256)  # channels of the hidden layers; see `rfsq.model.autoencoder`
    stride: int = field(default=4, metadata=ADDED_LATER)  # f: one token stands for a block of f×f pixels
    network: NetworkKind = field(default="paper", metadata=ADDED_LATER)  # "residual" for strides of 8 and 16
    fitted: bool = field(default=False, metadata=ADDED_LATER)  # the stack was fitted to a network trained without one

    def __post_init__(self) -> None:
        self.check_types()
        if self.kind not in get_args(QuantizerKind):
            raise ValueError(f"unknown quantizer kind {self.kind!r}")
        if not 1 <= self.dim <= MAX_DIM:
            raise ValueError(f"dim must be 1 … {MAX_DIM}, got {self.dim}")
        if not 1 <= self.num_stages <= MAX_STAGES:
            raise ValueError(f"num_stages must be 1 … {MAX_STAGES}, got {self.num_stages}")
        if not 1 / MAX_SCALE <= self.initial_scale <= MAX_SCALE:
            raise ValueError(f"initial_scale must be {1 / MAX_SCALE:g} … {MAX_SCALE:g}, got {self.initial_scale}")
        self._check_levels()
        self._check_codes()
        self._check_network()

    def _check_levels(self) -> None:
        if self.levels and self.stage_levels:
            raise ValueError("give FSQ either levels or stage_levels")
        if self.stage_levels and (self.kind != "fsq" or len(self.stage_levels) != self.num_stages):
            raise ValueError(
                f"stage_levels must name the levels of {self.num_stages} stages of FSQ, got {self.stage_levels}"
            )
        if self.kind == "fsq" and any(len(levels) != self.dim for levels in self._levels_per_stage()):
            raise ValueError(
                f"FSQ needs one level count per channel ({self.dim}), got {self.levels or self.stage_levels}"
            )
        if any(not 2 <= level <= MAX_LEVELS for level in self.levels):
            raise ValueError(f"levels must be 2 … {MAX_LEVELS}, got {self.levels}")
        if any(not 1 <= level <= MAX_LEVELS for levels in self.stage_levels for level in levels):
            raise ValueError(f"levels must be 1 … {MAX_LEVELS}, got {self.stage_levels}")
        sizes = {math.prod(levels) for levels in self.stage_levels}
        if len(sizes) > 1 or any(max(channel) < 2 for channel in zip(*self.stage_levels, strict=True)):
            raise ValueError(
                f"all stages must have equally many codes, and code every channel between them, got {self.stage_levels}"
            )

    def _check_codes(self) -> None:
        if self._bits_per_stage() > MAX_BITS:
            raise ValueError(f"a codebook must not exceed 2^{MAX_BITS} codes")
        if self.kind == "vq" and not 2 <= self.codebook_size <= 2**20:
            raise ValueError(f"VQ needs a codebook of 2 … 1048576 codes, got {self.codebook_size}")
        if self.conditioning is not None:
            strategy(self.conditioning)
        if self.num_stages > 1 and self.conditioning is None:
            raise ValueError('several stages need a conditioning ("none" is one)')
        if self.kind == "continuous" and (self.num_stages > 1 or self.conditioning is not None or self.fitted):
            raise ValueError("a continuous model has no stages or conditioning, and nothing to fit")

    def _check_network(self) -> None:
        if self.stride not in STRIDES:
            raise ValueError(f"stride must be one of {', '.join(map(str, STRIDES))}, got {self.stride}")
        if self.network not in get_args(NetworkKind):
            raise ValueError(f"unknown network {self.network!r}; choose one of {', '.join(get_args(NetworkKind))}")
        if self.network == "paper" and self.stride != 4:
            raise ValueError(f"the paper's network has a stride of 4, not {self.stride}; take network residual")
        if len(self.hidden) != 2 or any(not 1 <= width <= MAX_WIDTH for width in self.hidden):
            raise ValueError(f"hidden must be two channel counts of 1 … {MAX_WIDTH}, got {self.hidden}")
        first, most = self.hidden
        if self.network == "residual" and (first % 2 or most not in [first << doublings for doublings in range(4)]):
            raise ValueError(
                "hidden of a residual network must be an even channel count and its 1, 2, 4 or 8-fold, "
                f"got {self.hidden}"
            )

    @property
    def quantized(self) -> bool:
        return self.kind != "continuous"

    def _levels_per_stage(self) -> tuple[tuple[int, ...], ...]:
        return self.stage_levels or (self.levels,) * self.num_stages

    def _bits_per_stage(self) -> float:
        if self.kind == "lfq":
            return self.dim
        return max((sum(math.log2(level) for level in levels) for levels in self._levels_per_stage()), default=0)

    def build_quantizer(self) -> Quantizer | None:
        """A fresh quantizer, or None for a continuous model."""
        if not self.quantized:
            return None
        if self.conditioning is None:
            return self.build_base(0)
        return Residual(self.build_base, self.num_stages, self.conditioning, self.initial_scale)

    def build_base(self, stage: int) -> Quantizer:
        """A fresh quantizer of one stage, counted from 0."""
        if self.kind == "fsq":
            return FSQ(self._levels_per_stage()[stage])
        if self.kind == "lfq":
            return LFQ(self.dim)
        return VQ(self.codebook_size, self.dim, seed=stage)

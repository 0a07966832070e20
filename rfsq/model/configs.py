"""Model and training configurations, and the zoo: the named models that the project compares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from rfsq.metrics.image import SSIM_MIN_SIDE
from rfsq.quantizers import CONDITIONINGS, FSQ, LFQ, VQ, ConditioningName, Quantizer, Residual
from rfsq.quantizers.fsq import MAX_LEVELS

QuantizerKind = Literal["fsq", "lfq", "vq", "continuous"]
MAX_STAGES = 32
MAX_DIM = 512
MAX_BITS = 62  # of one stage's index, an int64
MAX_SCALE = 1e6


@dataclass(frozen=True)
class ModelConfig:
    """Everything that determines a model's shape. Raises ValueError when a value makes no sense."""

    name: str  # in the zoo, or any other name for a model of your own
    kind: QuantizerKind  # the base quantizer, "continuous" for none
    dim: int  # latent channels D
    levels: tuple[int, ...] = ()  # FSQ: levels per channel, the same in all stages
    stage_levels: tuple[tuple[int, ...], ...] = ()  # or per stage and channel, 1 where a stage leaves a channel out
    codebook_size: int = 0  # VQ: number of codes of a stage
    num_stages: int = 1
    conditioning: ConditioningName | None = None  # None: the base quantizer alone
    initial_scale: float = 1.0  # "scale" conditioning: the factor of every stage at the start
    hidden: tuple[int, int] = (128, 256)  # channels of the two hidden layers

    def __post_init__(self) -> None:
        _check_types(self)
        problems = {
            f"unknown quantizer kind {self.kind!r}": self.kind not in get_args(QuantizerKind),
            f"dim must be 1 … {MAX_DIM}, got {self.dim}": not 1 <= self.dim <= MAX_DIM,
            f"num_stages must be 1 … {MAX_STAGES}, got {self.num_stages}": not 1 <= self.num_stages <= MAX_STAGES,
            "give FSQ either levels or stage_levels": bool(self.levels) and bool(self.stage_levels),
            f"stage_levels must name the levels of {self.num_stages} stages of FSQ, got {self.stage_levels}": bool(
                self.stage_levels
            )
            and (self.kind != "fsq" or len(self.stage_levels) != self.num_stages),
            f"FSQ needs one level count per channel ({self.dim}), got {self.levels or self.stage_levels}": self.kind
            == "fsq"
            and any(len(levels) != self.dim for levels in self._levels_per_stage()),
            f"levels must be 2 … {MAX_LEVELS}, got {self.levels}": any(
                not 2 <= level <= MAX_LEVELS for level in self.levels
            ),
            f"levels must be 1 … {MAX_LEVELS}, got {self.stage_levels}": any(
                not 1 <= level <= MAX_LEVELS for levels in self.stage_levels for level in levels
            ),
            f"a codebook must not exceed 2^{MAX_BITS} codes": self._bits_per_stage() > MAX_BITS,
            f"all stages must have equally many codes, and code every channel between them, got {self.stage_levels}": bool(
                self.stage_levels
            )
            and (
                len({math.prod(levels) for levels in self.stage_levels}) > 1
                or any(max(channel) < 2 for channel in zip(*self.stage_levels, strict=False))
            ),
            f"VQ needs a codebook of 2 … 1048576 codes, got {self.codebook_size}": self.kind == "vq"
            and not 2 <= self.codebook_size <= 2**20,
            f"unknown conditioning {self.conditioning!r}": self.conditioning not in (None, *CONDITIONINGS),
            'several stages need a conditioning ("none" is one)': self.num_stages > 1 and self.conditioning is None,
            "a continuous model has no stages or conditioning": self.kind == "continuous"
            and (self.num_stages > 1 or self.conditioning is not None),
            f"initial_scale must be {1 / MAX_SCALE:g} … {MAX_SCALE:g}, got {self.initial_scale}": not 1 / MAX_SCALE
            <= self.initial_scale
            <= MAX_SCALE,
            f"hidden must be two channel counts of 1 … 4096, got {self.hidden}": len(self.hidden) != 2
            or any(not 1 <= width <= 4096 for width in self.hidden),
        }
        for problem, holds in problems.items():
            if holds:
                raise ValueError(problem)

    @property
    def quantized(self) -> bool:
        return self.kind != "continuous"

    def _levels_per_stage(self) -> tuple[tuple[int, ...], ...]:
        return self.stage_levels or (self.levels,) * min(self.num_stages, MAX_STAGES)

    def _bits_per_stage(self) -> float:
        if self.kind == "lfq":
            return self.dim
        return max(
            (sum(math.log2(level) for level in levels if level > 0) for levels in self._levels_per_stage()), default=0
        )

    def build_quantizer(self) -> Quantizer | None:
        """A fresh quantizer, or None for a continuous model."""
        if not self.quantized:
            return None
        if self.conditioning is None:
            return self._build_base(0)
        return Residual(self._build_base, self.num_stages, self.conditioning, self.initial_scale)

    def _build_base(self, stage: int) -> Quantizer:
        if self.kind == "fsq":
            return FSQ(self._levels_per_stage()[stage], bound="clamp" if self.conditioning == "geometric" else "tanh")
        if self.kind == "lfq":
            return LFQ(self.dim)
        return VQ(self.codebook_size, self.dim, seed=stage)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> ModelConfig:
        """Rebuild a config from parsed JSON. Raises ValueError naming unknown, missing or impossible values."""
        return cls(**_checked_fields(cls, values))


@dataclass(frozen=True)
class TrainConfig:
    """The recipe. The defaults are the ones that all shipped models share (chosen in checkpoints/README.md)."""

    epochs: int = 10
    batch_size: int = 32
    crop: int = 24  # side of the random training crops, a multiple of 4
    learning_rate: float = 3e-3  # peak of the one-cycle schedule
    warmup: float = 0.05  # share of the steps in which the rate rises
    clip_norm: float = 1.0  # gradients are scaled down to this norm
    ssim_weight: float = 0.0  # weight of 1 − SSIM beside the L1 loss
    lpips_weight: float = 0.0  # weight of LPIPS(VGG), which needs its downloaded weights
    flip: bool = True  # mirror half of the photos
    seed: int = 0
    stage_dropout: float = 0.0  # share of the images that keep only a random number of their first stages
    precision: Literal["bf16", "fp32"] = "bf16"

    def __post_init__(self) -> None:
        _check_types(self)
        for name in ("epochs", "batch_size", "learning_rate", "clip_norm"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.crop < 4 or self.crop % 4:
            raise ValueError(f"crop must be a multiple of 4, got {self.crop}")
        if not 0 <= self.warmup < 1:
            raise ValueError(f"warmup must be in [0, 1), got {self.warmup}")
        if not 0 <= self.ssim_weight < math.inf or not 0 <= self.lpips_weight < math.inf:
            raise ValueError("loss weights must not be negative")
        if self.ssim_weight and self.crop < SSIM_MIN_SIDE:
            raise ValueError(f"SSIM needs crops of at least {SSIM_MIN_SIDE} pixels, got {self.crop}")
        if not 0 <= self.stage_dropout <= 1:
            raise ValueError(f"stage_dropout must be in [0, 1], got {self.stage_dropout}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must be 0 … 2^63 - 1, got {self.seed}")
        if self.precision not in ("bf16", "fp32"):
            raise ValueError(f"precision must be bf16 or fp32, got {self.precision!r}")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> TrainConfig:
        return cls(**_checked_fields(cls, values))


def _check_types(config: ModelConfig | TrainConfig) -> None:
    """Values may come from a file, so a wrong type must be found here and not deep inside a layer."""
    for field in fields(config):
        value = getattr(config, field.name)
        kind = str(field.type)
        fits = {
            "str": isinstance(value, str),
            "bool": isinstance(value, bool),
            "int": isinstance(value, int) and not isinstance(value, bool),
            "float": isinstance(value, int | float) and not isinstance(value, bool),
            "tuple[int, ...]": _is_int_tuple(value),
            "tuple[int, int]": _is_int_tuple(value),
            "tuple[tuple[int, ...], ...]": isinstance(value, tuple) and all(_is_int_tuple(item) for item in value),
        }.get(kind, value is None or isinstance(value, str))
        if not fits:
            raise ValueError(f"{field.name} must be {kind}, got {value!r}")


def _is_int_tuple(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)


def _checked_fields(cls: type, values: object) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise ValueError(f"a {cls.__name__} must be a JSON object, got {type(values).__name__}")
    known = {field.name: field.default is MISSING for field in fields(cls)}  # whether it must be given
    if unknown := [str(key) for key in values if key not in known]:
        raise ValueError(f"unknown {cls.__name__} field(s): {', '.join(unknown)}")
    if missing := [name for name, required in known.items() if required and name not in values]:
        raise ValueError(f"missing {cls.__name__} field(s): {', '.join(missing)}")
    return {key: _as_tuple(value) for key, value in values.items()}


def _as_tuple(value: object) -> object:
    return tuple(_as_tuple(item) for item in value) if isinstance(value, list) else value


def _rfsq(name: str, levels: tuple[int, ...], stages: int, conditioning: ConditioningName) -> ModelConfig:
    return ModelConfig(name, "fsq", len(levels), levels=levels, num_stages=stages, conditioning=conditioning)


def _zoo() -> dict[str, ModelConfig]:
    two = _rfsq("rfsq-2x2048-none", (8, 8, 8, 4), 2, "none")
    four = _rfsq("rfsq-4x1024-none", (4,) * 5, 4, "none")
    models = [
        ModelConfig("vq-4096", "vq", 4, codebook_size=4096),
        ModelConfig("lfq-12", "lfq", 12),
        ModelConfig("fsq-8x8x8x8", "fsq", 4, levels=(8,) * 4),
    ]
    families: list[tuple[ModelConfig, tuple[ConditioningName, ...]]] = [
        (two, ("none", "scale", "layernorm", "layernorm-global")),
        (four, ("none", "scale", "layernorm", "layernorm-global", "geometric")),
    ]
    for family, conditionings in families:
        stem = family.name.removesuffix("none")
        models += [replace(family, name=stem + name, conditioning=name) for name in conditionings]
    models += [
        ModelConfig("fsq-22", "fsq", 11, levels=(4,) * 11),
        ModelConfig("fsq-22-4x45", "fsq", 4, levels=(45,) * 4),
        ModelConfig("fsq-40", "fsq", 20, levels=(4,) * 20),
        ModelConfig("fsq-40-5x256", "fsq", 5, levels=(256,) * 5),
        ModelConfig("fsq-40-8x32", "fsq", 8, levels=(32,) * 8),
        ModelConfig("lfq-22", "lfq", 22),
        ModelConfig("lfq-40", "lfq", 40),
        ModelConfig("rvq-2x2048", "vq", 4, codebook_size=2048, num_stages=2, conditioning="none"),
        ModelConfig("rvq-4x1024", "vq", 5, codebook_size=1024, num_stages=4, conditioning="none"),
    ]
    one, other = (4,) * 5 + (1,) * 5, (1,) * 5 + (4,) * 5  # of ten channels, each stage codes five
    turns = (one, other, one, other)
    models += [
        ModelConfig("rfsq-4x1024-grouped", "fsq", 10, stage_levels=turns, num_stages=4, conditioning="geometric"),
        _rfsq("rfsq-8x1024-layernorm-progressive", (4,) * 5, 8, "layernorm"),
    ]
    models += [ModelConfig(f"continuous-{dim}", "continuous", dim) for dim in (4, 5, 8, 20)]
    return {model.name: model for model in models}


ZOO: dict[str, ModelConfig] = _zoo()
"""All models of the project by name; `python -m rfsq train all` trains them."""


STAGE_DROPOUT: dict[str, float] = {"rfsq-4x1024-grouped": 0.25, "rfsq-8x1024-layernorm-progressive": 0.5}
"""The models of the zoo that are trained to decode well from fewer stages, with `TrainConfig.stage_dropout`."""


def zoo_config(name: str) -> ModelConfig:
    """The zoo's config of that name. Raises ValueError listing the names."""
    if name not in ZOO:
        raise ValueError(f"no model is called {name!r}; the zoo has {', '.join(ZOO)}")
    return ZOO[name]

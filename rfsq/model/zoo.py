"""The zoo: the named models that the project trains and compares."""

from __future__ import annotations

from dataclasses import replace

from rfsq.model.config import ModelConfig
from rfsq.quantizers import TRAINED_CONDITIONINGS, ConditioningName


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
        (four, TRAINED_CONDITIONINGS),
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
    zoo = {model.name: model for model in models}
    perceptual = (
        *("fsq-8x8x8x8", "rfsq-2x2048-none", "rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm"),
        "continuous-5",
    )
    widths = {dim: ModelConfig(f"continuous-{dim}", "continuous", dim) for dim in (5, 10, 20)}
    coarse = [
        _coarse(zoo["fsq-8x8x8x8"], 8, PERCEPTUAL),
        _coarse(widths[5], 8),
        _coarse(widths[10], 8),
        _coarse(widths[10], 8, PERCEPTUAL),
        _coarse(widths[20], 16),
        _coarse(widths[20], 16, PERCEPTUAL),
    ]
    models = [*models, *(replace(zoo[name], name=name + PERCEPTUAL) for name in perceptual), *coarse]
    return {model.name: model for model in models}


def _coarse(config: ModelConfig, stride: int, ending: str = "") -> ModelConfig:
    """The same quantizer on blocks of 8×8 or 16×16 pixels, in the residual network."""
    hidden = {8: (48, 192), 16: (40, 160)}[stride]
    return replace(config, name=f"f{stride}-{config.name}{ending}", stride=stride, network="residual", hidden=hidden)


PERCEPTUAL = "-perceptual"  # ends the names of the models that were trained with ST-LPIPS beside L1

ZOO: dict[str, ModelConfig] = _zoo()
"""All models of the project by name; `python -m rfsq train all` trains them."""


STAGE_DROPOUT: dict[str, float] = {"rfsq-4x1024-grouped": 0.25, "rfsq-8x1024-layernorm-progressive": 0.5}
"""The models of the zoo that are trained to decode well from fewer stages, with `TrainConfig.stage_dropout`."""


def recipe_of(config: ModelConfig) -> dict[str, float]:
    """The fields of `TrainConfig` in which the zoo's recipe for this model differs from the defaults."""
    values: dict[str, float] = {}
    if config.name in STAGE_DROPOUT:
        values["stage_dropout"] = STAGE_DROPOUT[config.name]
    if is_perceptual(config.name):
        values["st_lpips_weight"] = 0.1
    if config.network == "residual":
        values |= {"crop": 64, "learning_rate": 1e-3}
    return values


def is_perceptual(name: str) -> bool:
    """Whether a model of the zoo was trained with the perceptual loss."""
    return name.endswith(PERCEPTUAL)


def like_the_paper(name: str) -> bool:
    """Whether a model of the zoo differs from the paper's only in its quantizer: the same network and stride, and L1 alone."""
    return ZOO[name].network == "paper" and not is_perceptual(name)


def ceiling_of(name: str) -> str | None:
    """The zoo's unquantized model of the same network, stride, latent width and loss; None where it has none."""
    config = ZOO[name]
    prefix = "" if config.stride == 4 else f"f{config.stride}-"
    found = f"{prefix}continuous-{config.dim}{PERCEPTUAL if is_perceptual(name) else ''}"
    return found if found in ZOO else None


def zoo_config(name: str) -> ModelConfig:
    """The zoo's config of that name. Raises ValueError listing the names."""
    if name not in ZOO:
        raise ValueError(f"no model is called {name!r}; the zoo has {', '.join(ZOO)}")
    return ZOO[name]

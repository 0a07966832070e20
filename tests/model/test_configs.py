"""Configs: the zoo's stable names, exact JSON round trips, and a ValueError for everything that makes no sense."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from rfsq.model.configs import ZOO, ModelConfig, TrainConfig, zoo_config

FIRST_TWELVE = {
    "vq-4096": 12,
    "lfq-12": 12,
    "fsq-8x8x8x8": 12,
    "rfsq-2x2048-none": 22,
    "rfsq-2x2048-scale": 22,
    "rfsq-2x2048-layernorm": 22,
    "rfsq-4x1024-none": 40,
    "rfsq-4x1024-scale": 40,
    "rfsq-4x1024-layernorm": 40,
    "rfsq-4x1024-layernorm-global": 40,
    "rfsq-4x1024-geometric": 40,
    "continuous-5": None,
}

GOOD: dict[str, Any] = {"name": "x", "kind": "fsq", "dim": 2, "levels": [4, 4]}
TWO: dict[str, Any] = {"levels": [], "num_stages": 2, "conditioning": "none"}


@pytest.mark.parametrize(("name", "bits"), FIRST_TWELVE.items())
def test_the_zoo_has_the_promised_models_at_their_rates(name: str, bits: float | None) -> None:
    quantizer = zoo_config(name).build_quantizer()
    assert zoo_config(name).name == name and zoo_config(name).quantized == (bits is not None)
    assert (quantizer.bits_per_token if quantizer else None) == bits


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no model is called 'rfsq'; the zoo has .*vq-4096"):
        zoo_config("rfsq")


@pytest.mark.parametrize(
    "config",
    [*ZOO.values(), TrainConfig(), TrainConfig(epochs=3, flip=False, precision="fp32")],
    ids=lambda config: getattr(config, "name", "recipe"),
)
def test_configs_round_trip_through_json(config: ModelConfig | TrainConfig) -> None:
    assert type(config).from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "pq"}, "unknown quantizer kind"),
        ({"kind": None}, "unknown quantizer kind"),
        ({"dim": 0}, "dim must be"),
        ({"dim": 10**9}, "dim must be"),
        ({"dim": True}, "dim must be int"),
        ({"dim": "2"}, "dim must be int"),
        ({"dim": 2.0}, "dim must be int"),
        ({"levels": [4]}, "one level count per channel"),
        ({"levels": [4, 1]}, "levels must be"),
        ({"levels": [4, -4]}, "levels must be"),
        ({"levels": [4, 10**30]}, "levels must be"),
        ({"levels": [4, 4.0]}, "levels must be"),
        ({"levels": 4}, "levels must be"),
        ({"dim": 4, "levels": [65536] * 4}, "must not exceed 2.62"),
        ({"kind": "lfq", "dim": 63}, "must not exceed 2.62"),
        ({"kind": "vq"}, "needs a codebook"),
        ({"kind": "vq", "codebook_size": 2**40}, "needs a codebook"),
        ({"stage_levels": [[4, 4]]}, "either levels or stage_levels"),
        ({"stage_levels": [4, 4]}, "stage_levels must be"),
        ({"levels": [], "stage_levels": [[4, 4]] * 2}, "stage_levels must name the levels of 1 stages"),
        (TWO | {"stage_levels": [[4, 4], [4]]}, "one level count per channel"),
        (TWO | {"stage_levels": [[4, 4], [4, 0]]}, "levels must be 1"),
        (TWO | {"stage_levels": [[4, 4], [4, 5]]}, "equally many codes"),
        (TWO | {"stage_levels": [[4, 1], [4, 1]]}, "code every channel"),
        (TWO | {"kind": "lfq", "stage_levels": [[4, 1], [1, 4]]}, "stage_levels must name"),
        ({"num_stages": 10**15, "conditioning": "none"}, "num_stages"),
        ({"num_stages": -3}, "num_stages"),
        ({"num_stages": 0}, "num_stages"),
        ({"num_stages": 10**6, "conditioning": "none"}, "num_stages"),
        ({"num_stages": 2}, "need a conditioning"),
        ({"conditioning": "batchnorm"}, "unknown conditioning"),
        ({"kind": "continuous", "conditioning": "none"}, "continuous model"),
        ({"initial_scale": 0}, "initial_scale"),
        ({"initial_scale": math.nan}, "initial_scale"),
        ({"initial_scale": math.inf}, "initial_scale"),
        ({"initial_scale": 10**400}, "initial_scale"),
        ({"hidden": [8]}, "hidden"),
        ({"hidden": [8, 0]}, "hidden"),
        ({"hidden": [8, 10**9]}, "hidden"),
        ({"name": 3}, "name must be str"),
        ({"weight": 1}, "unknown ModelConfig field"),
        ({"levels": None}, "levels must be"),
    ],
)
def test_impossible_models_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ModelConfig.from_json(GOOD | change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": -1}, "batch_size"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"clip_norm": math.inf}, "clip_norm"),
        ({"crop": 6}, "crop"),
        ({"crop": 0}, "crop"),
        ({"warmup": 1.0}, "warmup"),
        ({"warmup": math.nan}, "warmup"),
        ({"ssim_weight": -1.0}, "weights"),
        ({"lpips_weight": math.nan}, "weights"),
        ({"precision": "fp8"}, "precision"),
        ({"precision": None}, "precision"),
        ({"flip": 1}, "flip must be bool"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"epochs": 1.5}, "epochs must be int"),
        ({"momentum": 0.9}, "unknown TrainConfig field"),
        ({"ssim_weight": 0.1, "crop": 8}, "SSIM needs crops"),
        ({"stage_dropout": -0.1}, "stage_dropout"),
        ({"stage_dropout": 1.5}, "stage_dropout"),
        ({"stage_dropout": math.nan}, "stage_dropout"),
    ],
)
def test_impossible_recipes_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TrainConfig.from_json(change)


@pytest.mark.parametrize("value", [None, 3, "fsq", [], [["name", "x"]], {}, {"name": "x"}])
def test_what_is_not_a_whole_config_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON object|missing ModelConfig field"):
        ModelConfig.from_json(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*ModelConfig.__dataclass_fields__, "else"]), JSON, max_size=4))
def test_any_json_gives_a_config_or_a_value_error(change: dict[str, Any]) -> None:
    try:
        config = ModelConfig.from_json(GOOD | change)
    except ValueError:
        return
    assert ModelConfig.from_json(config.to_json()) == config
    quantizer = config.build_quantizer() if config.codebook_size <= 2**12 else None
    assert quantizer is None or quantizer.num_stages == config.num_stages

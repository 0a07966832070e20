"""Model configs: exact JSON round trips, and a ValueError for everything that makes no sense."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from rfsq.model.config import ModelConfig
from rfsq.model.zoo import ZOO

GOOD: dict[str, Any] = {"name": "x", "kind": "fsq", "dim": 2, "levels": [4, 4]}
TWO: dict[str, Any] = {"levels": [], "num_stages": 2, "conditioning": "none"}


@pytest.mark.parametrize(
    "config",
    [
        *ZOO.values(),
        ModelConfig("x", "continuous", 8, hidden=(16, 64), stride=8, network="residual"),
    ],
    ids=lambda config: config.name,
)
def test_configs_round_trip_through_json(config: ModelConfig) -> None:
    assert ModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


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
        ({"stride": 5}, "stride must be one of 4, 8, 16, got 5"),
        ({"stride": 8}, "the paper's network has a stride of 4, not 8"),
        ({"stride": True}, "stride must be int"),
        ({"network": "unet"}, "unknown network 'unet'"),
        ({"network": None}, "unknown network None"),
        ({"network": "residual", "stride": 8, "hidden": [8, 24]}, "its 1, 2, 4 or 8-fold, got .8, 24."),
        ({"network": "residual", "stride": 8, "hidden": [7, 14]}, "an even channel count"),
        ({"name": 3}, "name must be str"),
        ({"weight": 1}, "unknown ModelConfig field"),
        ({"levels": None}, "levels must be"),
    ],
)
def test_impossible_models_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ModelConfig.from_json(GOOD | change)


def test_a_config_of_the_papers_network_is_written_as_it_was_before_there_were_others() -> None:
    assert (
        "stride" not in ModelConfig.from_json(GOOD).to_json() and "network" not in ModelConfig.from_json(GOOD).to_json()
    )
    other = ModelConfig.from_json(GOOD | {"stride": 16, "network": "residual", "hidden": [8, 16]})
    assert other.to_json() | {"stride": 16, "network": "residual"} == other.to_json()


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

"""From settings to models: what a preset shows, what stays behind, what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rfsq.app.compare.choice import EQUAL_BITS, choose, pair_of, spread_stages, strategies_of
from rfsq.app.compare.settings import Settings
from rfsq.model.zoo import ZOO, zoo_config

MODELS = tuple(ZOO)


def test_presets_show_what_their_names_say() -> None:
    def shown(**values: object) -> tuple[str, ...]:
        return choose(replace(Settings(), **values), MODELS).shown  # type: ignore[arg-type]

    assert shown() == ("rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm")
    assert shown(strategy="scale") == ("rfsq-4x1024-none", "rfsq-4x1024-scale"), "beside none"
    assert shown(strategy="none") == ("rfsq-4x1024-none",)
    assert shown(family="2x2048") == ("rfsq-2x2048-none", "rfsq-2x2048-scale", "rfsq-2x2048-layernorm")
    assert shown(preset="quantizers") == ("vq-4096", "fsq-8x8x8x8", "rfsq-4x1024-layernorm")
    assert shown(preset="stages", strategy="none") == ("rfsq-4x1024-none",)
    assert shown(preset="ours", family="2x2048") == (
        "rfsq-4x1024-grouped",
        "rfsq-4x1024-geometric",
        "rfsq-4x1024-layernorm",
    )
    for family, bits in (("4x1024", 40), ("2x2048", 22)):
        spent = [zoo_config(name).build_quantizer().bits_per_token for name in EQUAL_BITS[family]]
        assert shown(preset="equal", family=family) == EQUAL_BITS[family]
        assert [round(value) for value in spent] == [bits] * 4
    assert shown(preset="own", models=MODELS[:6]) == MODELS[:4]


def test_the_family_stays_behind_and_missing_models_are_named() -> None:
    choice = choose(Settings(strategy="scale"), MODELS)
    assert {*choice.shown, *choice.behind} == {f"rfsq-4x1024-{name}" for name in strategies_of("4x1024")}
    assert choice.ceiling == "continuous-5"
    partly = choose(Settings(), ("rfsq-4x1024-none",))
    assert partly.shown == ("rfsq-4x1024-none",)
    assert partly.missing == ("rfsq-4x1024-scale", "rfsq-4x1024-layernorm")
    assert partly.ceiling is None


def test_the_ceiling_has_the_stride_and_the_loss_of_what_is_shown() -> None:
    def ceiling(*models: str) -> str | None:
        return choose(Settings(preset="own", models=models), MODELS).ceiling

    assert ceiling("rfsq-4x1024-scale-perceptual") == "continuous-5-perceptual"
    assert ceiling("rfsq-4x1024-scale", "rfsq-4x1024-scale-perceptual") is None
    assert ceiling("f8-fsq-8x8x8x8-perceptual") is None  # no network of four channels there


def test_a_pair_to_flip_between_is_none_and_a_conditioning_of_the_same_kind() -> None:
    assert pair_of(("rfsq-4x1024-scale", "rfsq-4x1024-none", "rfsq-4x1024-layernorm")) == (
        "rfsq-4x1024-none",
        "rfsq-4x1024-layernorm",
    )
    assert pair_of(("continuous-5.fsq-2-s4-none", "continuous-5.fsq-2-s4-gain")) == (
        "continuous-5.fsq-2-s4-none",
        "continuous-5.fsq-2-s4-gain",
    )
    assert pair_of(EQUAL_BITS["4x1024"]) is None
    assert pair_of(("rfsq-4x1024-none", "rfsq-2x2048-scale")) is None


@pytest.mark.parametrize(("stages", "panels"), [(1, (1,)), (2, (1, 2)), (4, (1, 2, 3, 4)), (8, (1, 2, 4, 8))])
def test_stage_panels_run_from_the_first_to_the_last(stages: int, panels: tuple[int, ...]) -> None:
    assert spread_stages(stages) == panels

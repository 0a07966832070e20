"""The zoo: its stable names, at the rates that they promise."""

from dataclasses import replace

import pytest

from rfsq.model.zoo import ZOO, ceiling_of, is_perceptual, like_the_paper, recipe_of, zoo_config
from rfsq.training.config import TrainConfig

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


@pytest.mark.parametrize(("name", "bits"), FIRST_TWELVE.items())
def test_the_zoo_has_the_promised_models_at_their_rates(name: str, bits: float | None) -> None:
    quantizer = zoo_config(name).build_quantizer()
    assert zoo_config(name).name == name and zoo_config(name).quantized == (bits is not None)
    assert (quantizer.bits_per_token if quantizer else None) == bits


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no model is called 'rfsq'; the zoo has .*vq-4096"):
        zoo_config("rfsq")


def test_a_perceptual_model_differs_from_its_twin_in_name_and_loss_alone() -> None:
    for name in filter(is_perceptual, ZOO):
        twin = ZOO.get(name.removesuffix("-perceptual"))
        assert recipe_of(ZOO[name])["st_lpips_weight"] == 0.1 and not like_the_paper(name)
        assert twin is None or replace(ZOO[name], name=twin.name) == twin


def test_every_recipe_can_be_trained_and_every_ceiling_is_unquantized() -> None:
    for name, config in ZOO.items():
        assert TrainConfig(**recipe_of(config)).crop % config.stride == 0, name  # type: ignore[arg-type]
        ceiling = ceiling_of(name)
        if ceiling is not None:
            other = ZOO[ceiling]
            assert not other.quantized and (other.dim, other.stride) == (config.dim, config.stride), name
    assert ceiling_of("rfsq-4x1024-scale-perceptual") == "continuous-5-perceptual"
    assert ceiling_of("vq-4096") == "continuous-4" and ceiling_of("fsq-22") is None

"""The zoo: its stable names, at the rates that they promise."""

import pytest

from rfsq.model.zoo import zoo_config

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

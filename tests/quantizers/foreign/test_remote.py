"""A quantizer that is asked in another process says what it would say here."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from paths import ROOT

from rfsq.quantizers.foreign import ForeignError, Reference
from rfsq.quantizers.foreign.remote import Remote, joint
from rfsq.quantizers.foreign.service import Answered, Fitted, fit_own, quantize_own

LATENTS = torch.randn(32, 5, 8, 8, generator=torch.Generator().manual_seed(0))


def reference(name: str) -> Reference:
    return Reference(f"{ROOT}/tests/outside_quantizers.py:{name}")


def remote(name: str) -> tuple[Remote, Fitted]:
    """The quantizer, and what is known of it; asked here, as the worker would."""
    fitted = fit_own(reference(name), LATENTS.numpy(), 5, lambda share: None)
    return Remote(5, fitted, lambda latents: quantize_own(reference(name), fitted, latents)), fitted


def test_stages_totals_and_rates_are_those_of_the_module() -> None:
    quantizer, fitted = remote("TwoStages")
    assert quantizer.codebook_sizes == (32, 32) and quantizer.bits_per_token == 10 and not fitted.why_no_stages
    z = LATENTS[:3]
    steps = list(quantizer.steps(z))
    module = reference("TwoStages").make(5)
    quantized, indices = module((z * fitted.facts.gain).permute(0, 2, 3, 1))
    torch.testing.assert_close(steps[-1].total, quantized.permute(0, 3, 1, 2) / fitted.facts.gain)
    torch.testing.assert_close(steps[0].added + steps[1].added, steps[-1].total)
    torch.testing.assert_close(steps[1].remainder, z - steps[-1].total)
    output = quantizer.collect(z, steps)
    assert torch.equal(output.indices, indices.permute(0, 3, 1, 2)) and output.side is None


def test_stages_that_nobody_can_tell_apart_are_one_with_the_same_bits() -> None:
    apart, _ = remote("TwoStages")
    together, fitted = remote("Opaque")
    assert fitted.why_no_stages == "it has no decode that takes the first of its indices"
    assert together.codebook_sizes == (1024,) and together.bits_per_token == apart.bits_per_token == 10
    one, two = together(LATENTS[:2]), apart(LATENTS[:2])
    torch.testing.assert_close(one.quantized, two.quantized)
    assert torch.equal(one.indices[:, 0], two.indices[:, 0] + 32 * two.indices[:, 1])


def test_a_decoder_that_gives_something_else_tells_no_stages() -> None:
    assert "is not what it quantized" in remote("WrongDecoder")[1].why_no_stages


def test_values_that_are_not_finite_are_refused_with_their_number() -> None:
    quantizer, _ = remote("GivesNan")
    with pytest.raises(ForeignError, match="GivesNan, called with latents: NaN or infinity in 64 of 64 tokens"):
        list(quantizer.steps(LATENTS[:1]))


def test_side_information_of_stages_that_are_one_is_counted_together() -> None:
    facts = fit_own(reference("Opaque"), LATENTS.numpy(), 5, lambda share: None)
    fitted = Fitted((4, 4), "codebook_size", 3, "nobody knows", facts.facts, None, b"")
    indices, totals = np.zeros((1, 2, 8, 8), np.int64), np.zeros((1, 1, 5, 8, 8), np.float32)
    side = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    quantizer = Remote(5, fitted, lambda latents: Answered(indices, totals, side))
    output = quantizer(LATENTS[:1])
    assert quantizer.side_values == 6 and output.side is not None and output.side.flatten().tolist() == list(range(6))


def test_more_combinations_than_an_index_holds_are_numbered() -> None:
    indices = np.random.default_rng(0).integers(0, 2**20, size=(1, 5, 4, 4))
    indices[0, :, 0, 0] = indices[0, :, 3, 3]
    found = joint(indices, (2**20,) * 5)
    assert found.shape == (1, 4, 4) and found[0, 0, 0] == found[0, 3, 3]
    assert len(np.unique(found)) == len(np.unique(indices.reshape(5, -1), axis=1).T) == 15
    assert math.prod((2**20,) * 5) > 2**62

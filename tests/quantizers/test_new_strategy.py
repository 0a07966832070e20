"""A conditioning strategy is one class: defining it is enough to stack, configure, train, fit and code with it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import pytest
import torch
from torch import Tensor

from rfsq.codec.codec import Codec, compress, decompress
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.stack import StackSpec
from rfsq.model.token_path import trace_tokens
from rfsq.quantizers import FSQ, Conditioning, Residual
from rfsq.quantizers.conditioning import base, strategy
from rfsq.teaching.lab.runs import run_stack
from rfsq.teaching.lab.stacks import Stack, fit_stack


@pytest.fixture
def toy() -> Iterator[str]:
    """A strategy that is there for one test."""

    class MeanMagnitude(Conditioning, name="magnitude"):
        summary = "the mean magnitude of each channel becomes 1 over this photo; it is sent along."

        def __init__(self, dim: int) -> None:
            super().__init__()
            self.side_values = dim

        @classmethod
        def build(cls, dim: int, steps: Sequence[float], initial_scale: float) -> Self:
            return cls(dim)

        def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
            side = residual.detach().abs().mean(dim=(2, 3)).clamp(1e-4, 60_000).half().float()
            return residual / side[..., None, None], side

        def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
            assert side is not None
            return codes * side[..., None, None]

    yield MeanMagnitude.name
    del base._strategies[MeanMagnitude.name]


def test_a_new_strategy_stacks_and_decodes_exactly(toy: str) -> None:
    stack, z = Residual(lambda stage: FSQ((4, 5, 3)), 3, toy).eval(), torch.randn(2, 3, 6, 5)
    output = stack(z)
    assert stack.side_values == 3 and output.side.shape == (2, 3, 3)
    assert torch.equal(stack.decode(output.indices, output.side), output.quantized)
    assert output.stages[-1].rms_after.max() < output.stages[0].rms_after.min()


def test_a_new_strategy_is_a_model_that_trains_and_writes_files(
    toy: str, tiny: Callable[..., Any], photo: Callable[..., np.ndarray]
) -> None:
    config: ModelConfig = tiny(num_stages=2, conditioning=toy)
    assert ModelConfig.from_json(config.to_json()) == config
    model = QuantizedAutoencoder(config)
    output = model(torch.zeros(2, 3, 16, 16))
    output.images.square().mean().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    codec, pixels = Codec(model.eval(), "0" * 64, None), photo(21, 30, 1)
    file = compress(codec, pixels)
    assert file.side_bytes == 2 * 2 * 3
    assert decompress(file.data, find=lambda header: codec).pixels.shape == pixels.shape
    assert [stage.side_values for stage in trace_tokens(model, pixels).stages] == [3, 3]


def test_a_new_strategy_is_in_the_lab_and_in_the_names_of_stacks(toy: str) -> None:
    samples = torch.randn(500, 2)
    run = run_stack(fit_stack(Stack("fsq", toy, 4, 3), samples), samples)
    assert len(run.rms) == 4 and run.rms[-1] < run.rms[0]
    assert StackSpec.parse(f"fsq:levels=4,stages=3,conditioning={toy}").conditioning == toy


def test_what_is_gone_is_unknown_again(tiny: Callable[..., Any]) -> None:
    for make in (
        lambda: strategy("magnitude"),
        lambda: tiny(num_stages=2, conditioning="magnitude"),
        lambda: Stack("fsq", "magnitude", 4, 3),
        lambda: StackSpec.parse("fsq:levels=4,stages=3,conditioning=magnitude"),
    ):
        with pytest.raises(ValueError, match="unknown conditioning 'magnitude'; choose one of none, scale, layernorm"):
            make()

"""A model as two ONNX graphs, for programs that have no torch: pictures to indices, indices to pictures.

    encoder: images (B, 3, H, W) float32 in [-1, 1] -> indices (B, S, ⌈H/f⌉, ⌈W/f⌉) int64, and side (B, S, V) float32
    decoder: indices and side of the first k stages -> images (B, 3, f·h, f·w) in [-1, 1], to be cut to H × W

f is the stride. Batch, height and width are free. There is `side` only where the conditioning needs it ("layernorm").
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rfsq.model.model import QuantizedAutoencoder

_FREE = {0: "batch", 2: "height", 3: "width"}


class OnnxModel(NamedTuple):
    """The contents of two .onnx files."""

    encoder: bytes
    decoder: bytes


class EncoderGraph(nn.Module):
    """What encodes, as a module of tensors alone, which compilers and exporters ask for."""

    def __init__(self, model: QuantizedAutoencoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Images (B, 3, H, W) -> indices and, where there is any, side information."""
        output = self.model.quantize(self.model.encode(images))
        return (output.indices,) if output.side is None else (output.indices, output.side)


class DecoderGraph(nn.Module):
    """What decodes, as a module of tensors alone."""

    def __init__(self, model: QuantizedAutoencoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, indices: Tensor, side: Tensor | None = None) -> Tensor:
        """Indices (B, k, h, w) and side information (B, k, V) -> images of whole tokens."""
        assert self.model.quantizer is not None, "a graph is made of a model that quantizes"
        quantized = self.model.quantizer.decode(indices, side)
        return self.model.decode(quantized, *(self.model.stride * tokens for tokens in indices.shape[2:]))


@torch.no_grad()
def to_onnx(model: QuantizedAutoencoder, stages: int | None = None) -> OnnxModel:
    """Both graphs of a model in evaluation mode; the decoder is one for `stages` stages (default all).

    onnxruntime computes convolutions in another order than torch, so latents differ in the last bits: over the gallery,
    fewer than one index in 10,000 differs. Raises ValueError for a continuous model and for stages that the model does not have;
    ModuleNotFoundError without the packages of `pip install "rfsq[onnx]"`.
    """
    count = model.check_stages(stages)
    images = torch.zeros(2, 3, 10 * model.stride + 1, 12 * model.stride + 1, device=next(model.parameters()).device)
    encoded = EncoderGraph(model)(images)
    outputs = ("indices", "side")[: len(encoded)]
    shapes: list[dict[int, str]] = [_FREE, {0: "batch"}]
    return OnnxModel(
        _graph(EncoderGraph(model), (images,), [_FREE], ["images"], outputs),
        _graph(
            DecoderGraph(model), tuple(part[:, :count] for part in encoded), shapes[: len(encoded)], outputs, ["images"]
        ),
    )


def _graph(
    module: nn.Module,
    example: tuple[Tensor, ...],
    free: Sequence[dict[int, str]],
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> bytes:
    with warnings.catch_warnings():  # what the exporter says of its own workings
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            example,
            dynamo=True,
            dynamic_shapes=tuple(free),
            input_names=inputs,
            output_names=outputs,
            verbose=False,
        )
    assert program is not None, "the new exporter returns its program"
    return program.model_proto.SerializeToString()

"""ONNX: graphs of every quantizer and of whole models, run by onnxruntime, give torch's indices and pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from made_quantizers import DIM, latents, made
from torch import Tensor, nn

from rfsq.commands.cli import main
from rfsq.model.config import ModelConfig
from rfsq.model.export import to_onnx
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import to_tensor
from rfsq.quantizers import CONDITIONINGS, Quantizer

FREE = {0: "batch", 2: "height", 3: "width"}


def run(content: bytes | Path, *inputs: Tensor) -> list[np.ndarray]:
    """What onnxruntime makes of a graph."""
    given = content if isinstance(content, bytes) else str(content)
    session = onnxruntime.InferenceSession(given, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    return session.run(None, {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)})


class Both(nn.Module):
    """A quantizer's tensors, and what decoding makes of its indices."""

    def __init__(self, quantizer: Quantizer) -> None:
        super().__init__()
        self.quantizer = quantizer

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        output = self.quantizer(z)
        return output.indices, output.quantized, self.quantizer.decode(output.indices, output.side)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fsq, of 2^62 codes", "lfq", "vq", *(f"fsq, {name}" for name in CONDITIONINGS)])
def test_onnxruntime_gives_the_indices_of_every_quantizer(name: str) -> None:
    quantizer = made(name)
    with torch.no_grad():
        program = torch.onnx.export(
            Both(quantizer).eval(), (latents(2, DIM, 7, 6),), dynamo=True, dynamic_shapes=(FREE,), verbose=False
        )
        for shape in ((2, DIM, 7, 6), (1, DIM, 40, 50)):
            wanted = Both(quantizer)(latents(*shape))
            indices, quantized, decoded = run(program.model_proto.SerializeToString(), latents(*shape))
            assert indices.dtype == np.int64
            if "layernorm" not in name:  # sums over an image run in another order there
                assert np.array_equal(indices, wanted[0].numpy())
            assert (indices != wanted[0].numpy()).mean() < 1e-3
            same = (indices == wanted[0].numpy()).all(axis=1)
            np.testing.assert_allclose(
                np.moveaxis(quantized, 1, -1)[same], wanted[1].movedim(1, -1).numpy()[same], atol=2e-3
            )
            np.testing.assert_allclose(quantized, decoded, atol=1e-6)


PHOTOS = ("cat", "coffee", "astronaut")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rfsq-4x1024-scale", "rfsq-4x1024-layernorm"])
def test_a_models_onnx_files_make_of_photos_what_torch_makes(name: str, tmp_path: Path) -> None:
    assert main(["export", name, str(tmp_path / "new" / "folder"), "--json", str(tmp_path / "files.json")]) == 0
    encoder, decoder = (tmp_path / "new" / "folder" / f"{name}.{part}.onnx" for part in ("encoder", "decoder"))
    model, different, total = load_model(name), 0, 0
    for photo in PHOTOS:
        images = to_tensor(load_example(photo))[..., :255, :301]  # whole tokens at no side
        with torch.no_grad():
            wanted = model.quantize(model.encode(images))
            shown = model.reconstruct(images)
        indices, *side = run(encoder, images)
        different += int((indices != wanted.indices.numpy()).sum())
        total += indices.size
        [pictures] = run(decoder, wanted.indices, *(() if wanted.side is None else (wanted.side,)))
        np.testing.assert_allclose(pictures[..., :255, :301], shown.numpy(), atol=1e-4)
        [again] = run(decoder, torch.from_numpy(indices), *map(torch.from_numpy, side))
        assert np.abs(again[..., :255, :301] - shown.numpy()).mean() < 1e-3
    assert different <= 2e-4 * total, f"{different} of {total}"


@pytest.mark.slow
def test_a_decoder_of_fewer_stages_and_a_deeper_network(tiny: Callable[..., Any]) -> None:
    config: ModelConfig = tiny(num_stages=3, conditioning="geometric", stride=8, network="residual")
    model = QuantizedAutoencoder(config).eval().requires_grad_(False)
    encoder, decoder = to_onnx(model, stages=2)
    images = latents(1, 3, 43, 70).clamp(-1, 1)
    [indices] = run(encoder, images)
    assert np.array_equal(indices, model.quantize(model.encode(images)).indices.numpy())
    [pictures] = run(decoder, torch.from_numpy(indices[:, :2]))
    np.testing.assert_allclose(pictures[..., :43, :70], model.reconstruct(images, 2).numpy(), atol=1e-5)


def test_what_cannot_be_exported_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (["continuous-5", str(tmp_path)], "continuous-5 does not quantize"),
        (["rfsq-4x1024-scale", str(tmp_path), "--stages", "5"], "rfsq-4x1024-scale has 4 stage(s), not 5"),
        (["no-model", str(tmp_path)], "no-model"),
    ):
        assert main(["export", *arguments]) == 2
        assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

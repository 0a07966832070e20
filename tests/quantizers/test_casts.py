"""Casts: whatever type a module, its input or torch's default has, the indices are those of float32 numbers."""

import copy
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from made_quantizers import DIM, MAKERS, latents, made, state
from torch import Tensor, nn

from rfsq.codec.codec import Codec, compress, decompress, load_codec
from rfsq.model.checkpoint import load_checkpoint, save_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.quantizers import FSQ, Quantizer, QuantizerOutput

TYPES = (torch.float16, torch.bfloat16, torch.float64)
every = pytest.mark.parametrize("name", MAKERS)

CASTS: dict[str, Callable[[nn.Module], nn.Module]] = {
    "half": lambda module: module.half(),
    "bfloat16": lambda module: module.bfloat16(),
    "double": lambda module: module.double(),
    "to float16, channels last": lambda module: module.to(torch.float16, memory_format=torch.channels_last),  # type: ignore[call-overload]
    "to like": lambda module: module.to(torch.zeros(1, dtype=torch.bfloat16)),
    "type": lambda module: module.type(torch.float16),
    "there and back": lambda module: module.half().bfloat16().float(),
    "in a larger module": lambda module: nn.Sequential(module).half()[0],
}


@pytest.fixture
def default_type() -> Iterator[Callable[[torch.dtype], None]]:
    before = torch.get_default_dtype()
    yield torch.set_default_dtype
    torch.set_default_dtype(before)


def assert_same(output: QuantizerOutput, wanted: QuantizerOutput) -> None:
    assert torch.equal(output.indices, wanted.indices)
    assert output.quantized.dtype == torch.float32 and torch.equal(output.quantized, wanted.quantized)
    assert output.aux_loss.dtype == torch.float32 and torch.equal(output.aux_loss, wanted.aux_loss)
    assert (output.side is None) == (wanted.side is None)
    if output.side is not None and wanted.side is not None:
        assert torch.equal(output.side, wanted.side)
    for mine, other in zip(output.stages, wanted.stages, strict=True):
        assert torch.equal(mine.quantized, other.quantized) and torch.equal(mine.rms_after, other.rms_after)


def outputs(quantizer: Quantizer) -> list[QuantizerOutput]:
    """Of inputs of several types, at several strengths."""
    return [
        quantizer((strength * latents(2, DIM, 9, 8)).to(dtype))
        for strength in (0.1, 3)
        for dtype in (torch.float32, *TYPES)
    ]


@pytest.mark.slow
@every
def test_a_cast_quantizer_gives_the_indices_of_the_uncast_one(name: str) -> None:
    wanted, before = outputs(made(name)), state(made(name))
    for cast in CASTS.values():
        quantizer = cast(made(name))
        assert isinstance(quantizer, Quantizer)
        assert all(torch.equal(before[key], tensor) for key, tensor in state(quantizer).items())
        for mine, other in zip(outputs(quantizer), wanted, strict=True):
            assert_same(mine, other)
            assert torch.equal(quantizer.decode(mine.indices, mine.side), mine.quantized)


@every
def test_an_input_of_any_type_and_layout_is_the_float32_numbers_that_it_holds(name: str) -> None:
    quantizer = made(name)
    for dtype in TYPES:
        z = latents(2, DIM, 6, 8).to(dtype)
        wanted = quantizer(z.float())
        wide = torch.zeros(4, 2 * DIM, 6, 16, dtype=dtype)
        wide[::2, ::2, :, ::2] = z
        layouts = (
            z,
            z.contiguous(memory_format=torch.channels_last),
            wide[::2, ::2, :, ::2],
            z.transpose(2, 3).contiguous().transpose(2, 3),
            z.flip(3).flip(3),
        )
        for layout in layouts:
            assert_same(quantizer(layout), wanted)


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_changes_no_index_in_use_and_no_statistic_in_training(name: str, dtype: torch.dtype) -> None:
    quantizer, z = made(name), latents(2, DIM, 8, 9)
    wanted = quantizer(z)
    with torch.autocast("cpu", dtype):
        assert_same(quantizer(z), wanted)
        assert torch.equal(quantizer.decode(wanted.indices, wanted.side), wanted.quantized)
    ours, others = MAKERS[name](), MAKERS[name]()
    for seed in range(2):
        with torch.autocast("cpu", dtype):
            mine = ours(latents(2, DIM, 4, 4, seed=seed))
        other = others(latents(2, DIM, 4, 4, seed=seed))
        assert torch.equal(mine.indices, other.indices)
        torch.testing.assert_close(mine.aux_loss, other.aux_loss)
    assert all(torch.equal(tensor, ours.state_dict()[key]) for key, tensor in state(others).items())


@every
@pytest.mark.parametrize("dtype", TYPES)
def test_torchs_default_type_plays_no_part(
    name: str, dtype: torch.dtype, default_type: Callable[[torch.dtype], None]
) -> None:
    quantizer, z = made(name), latents(2, DIM, 8, 9)
    wanted = quantizer(z)
    default_type(dtype)
    assert_same(quantizer(z), wanted)  # at the call
    assert torch.equal(quantizer.decode(wanted.indices, wanted.side), wanted.quantized)
    built = made(name)  # and at construction and in training
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in built.state_dict().values())
    assert_same(built(z), wanted)
    default_type(torch.float32)
    assert_same(built(z), wanted)


@every
def test_copies_and_saved_states_are_the_same_quantizer(name: str) -> None:
    quantizer, z = made(name).half(), latents(2, DIM, 8, 9)
    wanted = quantizer(z)
    file = io.BytesIO()
    torch.save(quantizer.state_dict(), file)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in loaded.values())
    again = MAKERS[name]().bfloat16().eval()
    again.load_state_dict(loaded)
    assigned = MAKERS[name]().eval()
    assigned.load_state_dict(loaded, assign=True)
    for other in (copy.deepcopy(quantizer), again, assigned):
        assert_same(other(z), wanted)


@every
def test_a_state_in_half_precision_is_taken_as_the_float32_numbers_that_it_holds(name: str) -> None:
    """Some trainers save everything in half precision; `assign=True` then puts these tensors into the module."""
    halves = {key: t.half() if t.is_floating_point() else t for key, t in state(made(name)).items()}
    copied, assigned = MAKERS[name]().eval(), MAKERS[name]().eval()
    copied.load_state_dict(halves)
    assigned.load_state_dict(halves, assign=True)
    for z in (latents(2, DIM, 8, 9), latents(2, DIM, 8, 9).half()):
        assert_same(assigned(z), copied(z))


def test_what_a_cast_would_break_is_float32_all_along() -> None:
    """300 levels in bfloat16, whose numbers between 0.5 and 1 are 1/256 apart, gave 26 % of the indices."""
    for levels, dtype in (([300, 300], torch.bfloat16), ([4096], torch.float16), ([65_536] * 3, torch.float64)):
        fsq, z = FSQ(levels).eval(), latents(1, len(levels), 64, 64)
        digits = (z.double().tanh() + 1) / 2 * (torch.tensor(levels).view(1, -1, 1, 1) - 1)
        certain = ((digits - digits.floor() - 0.5).abs() > 0.02).all(dim=1)  # float32 cannot err there
        radix = torch.tensor([int(np.prod(levels[:d])) for d in range(len(levels))]).view(1, -1, 1, 1)
        wanted = (digits.round().long() * radix).sum(dim=1)
        indices = fsq.to(dtype)(z).indices[:, 0]
        assert torch.equal(indices[certain], wanted[certain]) and certain.float().mean() > 0.85


# --- whole models ------------------------------------------------------------------------------------------------------

MODELS = ("vq-4096", "lfq-12", "fsq-40-5x256", "rfsq-4x1024-grouped", "rfsq-4x1024-layernorm", "continuous-5")


def picture(photo: Callable[..., np.ndarray], size: int = 64) -> Tensor:
    return torch.from_numpy(photo(size, size, 3)).permute(2, 0, 1)[None] / 127.5 - 1


@pytest.mark.parametrize("name", MODELS)
def test_equal_latents_have_equal_indices_in_a_cast_model(name: str, photo: Callable[..., np.ndarray]) -> None:
    model, images = load_model(name), picture(photo)
    with torch.inference_mode():
        latents_of_float32, wanted = model.encode(images), model.reconstruct(images)
        for dtype in TYPES:
            cast = load_model(name).to(dtype)
            if cast.quantizer is not None:
                assert_same(cast.quantize(latents_of_float32), model.quantize(latents_of_float32))
            for given in (images, images.to(dtype)):
                result = cast.reconstruct(given)
                assert result.dtype == torch.float32 and result.shape == images.shape
                error = (result - wanted).square().mean().sqrt()
                assert error < (1e-3 if dtype == torch.float64 else 0.05)  # slightly other latents, and colours


def test_a_model_made_under_another_default_type_is_float32(
    default_type: Callable[[torch.dtype], None], photo: Callable[..., np.ndarray], tiny: Callable[..., ModelConfig]
) -> None:
    images = picture(photo, 32)
    wanted = load_model("rfsq-4x1024-scale").reconstruct(images)
    for dtype in TYPES:
        default_type(dtype)
        model = load_model("rfsq-4x1024-scale")
        assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
        assert torch.equal(model.reconstruct(images), wanted)
        fresh = QuantizedAutoencoder(tiny("vq", 3, num_stages=2, conditioning="layernorm-global"))
        assert {tensor.dtype for tensor in fresh.state_dict().values()} == {torch.float32, torch.int64}
        output = fresh(torch.zeros(2, 3, 16, 16, dtype=torch.float32))
        (output.images.square().mean() + output.quantizer.aux_loss).backward()
        assert all(bool(tensor.isfinite().all()) for tensor in fresh.state_dict().values())


@pytest.mark.parametrize("dtype", TYPES)
def test_a_cast_model_trains(dtype: torch.dtype, tiny: Callable[..., ModelConfig]) -> None:
    residual = tiny(num_stages=2, conditioning="scale", stride=8, network="residual")
    for config in (tiny("vq", 3, num_stages=2, conditioning="layernorm"), tiny(), tiny("lfq", 5), residual):
        model = QuantizedAutoencoder(config).to(dtype)
        assert model.eval().reconstruct(torch.zeros(1, 3, 21, 16)).dtype == torch.float32
        model.train()
        output = model(torch.zeros(2, 3, 16, 16, dtype=dtype))
        (output.images.square().mean() + output.quantizer.aux_loss).backward()
        for key, parameter in model.named_parameters():
            assert parameter.grad is not None and parameter.grad.dtype == parameter.dtype, key


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", ["rfsq-4x1024-layernorm", "vq-4096"])
def test_a_file_that_a_cast_model_writes_is_decoded_by_everybodys_model(
    name: str, dtype: torch.dtype, photo: Callable[..., np.ndarray]
) -> None:
    codec, pixels = load_codec(name), photo(50, 61, 3)
    cast = Codec(load_model(name).to(dtype), codec.weights_sha256, codec.tables)
    file = compress(cast, pixels)
    theirs = decompress(file.data)
    assert theirs.pixels.shape == pixels.shape and theirs.stages == codec.model.num_stages
    ours = decompress(file.data, find=lambda header: cast)
    assert np.abs(ours.pixels.astype(int) - theirs.pixels.astype(int)).max() <= (1 if dtype == torch.float64 else 8)


def test_a_cast_model_saves_a_checkpoint_that_loads(tmp_path: Path, photo: Callable[..., np.ndarray]) -> None:
    for dtype in TYPES:
        model = load_model("vq-4096").to(dtype)
        if dtype == torch.float64:
            with pytest.raises(ValueError, match="float64"):
                save_checkpoint(model, tmp_path / "cast.safetensors", training={})
            continue
        save_checkpoint(model, tmp_path / "cast.safetensors", training={})
        again = load_checkpoint(tmp_path / "cast.safetensors").model
        assert {parameter.dtype for parameter in again.parameters()} == {torch.float32}
        assert torch.equal(again.quantizer.codebook, load_model("vq-4096").quantizer.codebook)
        assert again.reconstruct(picture(photo, 16)).isfinite().all()

"""Graph tools: compiling, exporting, transforming and recomputing a quantizer changes none of its results."""

import copy
import shutil
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import torch
from made_quantizers import DIM, MAKERS, latents, made, state
from torch import Tensor, nn
from torch.export import Dim
from torch.utils.checkpoint import checkpoint

from rfsq.model.config import ModelConfig
from rfsq.model.export import DecoderGraph, EncoderGraph
from rfsq.model.model import QuantizedAutoencoder
from rfsq.quantizers import CONDITIONINGS, Quantizer, QuantizerOutput

EVERY_PART = ("fsq", "fsq, of 2^62 codes", "lfq", "vq", "vq, none", *(f"fsq, {name}" for name in CONDITIONINGS))
"""Each base quantizer and each conditioning once: a graph of two is made of what the graphs of each are made of."""
each_part = pytest.mark.parametrize("name", EVERY_PART)
LEARNS_AS_IT_GOES = ("vq",)  # statistics by code of its own, which no graph can hold


@pytest.fixture(autouse=True)
def no_graphs_left() -> Iterator[None]:
    yield
    torch._dynamo.reset()


def assert_same(ours: QuantizerOutput, theirs: QuantizerOutput) -> None:
    assert torch.equal(ours.indices, theirs.indices)
    assert torch.equal(ours.quantized, theirs.quantized)
    torch.testing.assert_close(ours.aux_loss, theirs.aux_loss)
    if theirs.side is not None:
        assert torch.equal(ours.side, theirs.side)


# --- compile -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@each_part
def test_a_compiled_quantizer_is_one_graph_with_equal_results(name: str) -> None:
    quantizer = made(name)
    compiled = torch.compile(quantizer, fullgraph=True, dynamic=True, backend="eager")
    decode = torch.compile(quantizer.decode, fullgraph=True, dynamic=True, backend="eager")
    for shape in ((2, DIM, 7, 6), (3, DIM, 5, 9)):
        output = quantizer(latents(*shape))
        assert_same(compiled(latents(*shape)), output)
        with torch.no_grad():
            assert torch.equal(decode(output.indices, output.side), output.quantized)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EVERY_PART if not name.startswith(LEARNS_AS_IT_GOES)])
def test_training_compiles_as_one_graph_with_equal_gradients_and_statistics(name: str) -> None:
    ours, theirs = made(name).train(), made(name).train()
    assert_trains_equally(ours, torch.compile(ours, fullgraph=True, backend="aot_eager"), theirs)


@pytest.mark.slow
def test_a_codebook_that_learns_compiles_in_parts() -> None:
    for name in ("vq", "vq, layernorm-global"):
        ours, theirs = MAKERS[name](), MAKERS[name]()
        assert_trains_equally(ours, torch.compile(ours, backend="eager"), theirs)


def assert_trains_equally(ours: Quantizer, call: Callable[[Tensor], QuantizerOutput], theirs: Quantizer) -> None:
    for seed in range(2):
        grads = []
        for quantizer in (call, theirs):
            z = latents(2, DIM, 6, 5, seed=seed).requires_grad_()
            output = quantizer(z)
            (output.quantized.square().sum() + output.aux_loss).backward()
            grads.append(z.grad)
        torch.testing.assert_close(*grads)
    for key, tensor in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[key], tensor)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler here")
def test_the_machine_code_of_a_compiled_quantizer_gives_the_same_indices(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path_factory.mktemp("compiled")))
    quantizer, z = made("fsq, scale"), latents(2, DIM, 16, 16)
    once = {"cpp_cache_precompile_headers": False}  # they would pay with many graphs
    with torch.no_grad():
        ours, theirs = torch.compile(quantizer, fullgraph=True, options=once)(z), quantizer(z)
    assert (ours.indices != theirs.indices).sum() <= 1  # its tanh may differ in the last bit


# --- export ------------------------------------------------------------------------------------------------------------


class Forward(nn.Module):
    """A quantizer that returns tensors alone, as graphs do."""

    def __init__(self, quantizer: Quantizer) -> None:
        super().__init__()
        self.quantizer = quantizer

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        output = self.quantizer(z)
        parts = (output.indices, output.quantized)
        return parts if output.side is None else (*parts, output.side)


class Decode(Forward):
    def forward(self, indices: Tensor, side: Tensor | None = None) -> Tensor:
        return self.quantizer.decode(indices, side)


FREE = {0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}


def exported(module: nn.Module, example: tuple[Tensor, ...]) -> Callable[..., Tensor]:
    free = (FREE, {0: Dim.DYNAMIC})[: len(example)]
    return torch.export.export(module.eval(), example, dynamic_shapes=free).module()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "grad"), [*((name, False) for name in EVERY_PART), ("lfq", True), ("fsq, scale", True)]
)
def test_exported_graphs_take_any_size_with_equal_results(name: str, grad: bool) -> None:
    quantizer = made(name)
    with torch.set_grad_enabled(grad):
        first = Forward(quantizer)(latents(2, DIM, 7, 6))
        forward = exported(Forward(quantizer), (latents(2, DIM, 7, 6),))
        decode = exported(Decode(quantizer), (first[0], *first[2:]))
        for shape in ((2, DIM, 7, 6), (3, DIM, 5, 9), (1, DIM, 30, 2)):
            wanted = Forward(quantizer)(latents(*shape))
            for mine, other in zip(forward(latents(*shape)), wanted, strict=True):
                assert torch.equal(mine, other)
            assert torch.equal(decode(wanted[0], *wanted[2:]), wanted[1])


def test_a_graph_of_one_size_is_exported_too() -> None:
    quantizer, z = made("fsq, scale"), latents(1, DIM, 4, 4)
    graph = torch.export.export(Forward(quantizer), (z,)).module()
    assert all(torch.equal(mine, other) for mine, other in zip(graph(z), Forward(quantizer)(z), strict=True))


@pytest.mark.slow
def test_a_whole_model_compiles_in_one_graph(tiny: Callable[..., ModelConfig]) -> None:
    model = QuantizedAutoencoder(tiny(num_stages=2, conditioning="layernorm")).eval().requires_grad_(False)
    images = latents(2, 3, 24, 33).clamp(-1, 1)
    reconstruct = torch.compile(model.reconstruct, fullgraph=True, backend="eager")
    torch.testing.assert_close(reconstruct(images), model.reconstruct(images))


@pytest.mark.slow
@pytest.mark.parametrize("network", ["paper", "residual"])
def test_an_exported_model_takes_pictures_of_any_size(network: str, tiny: Callable[..., ModelConfig]) -> None:
    config = tiny("vq", 3, num_stages=2, conditioning="none", stride=4 if network == "paper" else 8, network=network)
    model = QuantizedAutoencoder(config).eval().requires_grad_(False)
    images = latents(2, 3, 24, 33).clamp(-1, 1)
    encoder, decoder = EncoderGraph(model), DecoderGraph(model)
    encode, decode = exported(encoder, (images,)), exported(decoder, encoder(images))
    for height, width in ((24, 33), (61, 40), (9, 1100)):
        other = latents(3, 3, height, width).clamp(-1, 1)
        wanted = encoder(other)
        assert torch.equal(encode(other)[0], wanted[0])
        shown = decode(*wanted)[..., :height, :width]
        torch.testing.assert_close(shown, model.reconstruct(other), rtol=1e-4, atol=1e-5)


# --- torch.func --------------------------------------------------------------------------------------------------------


def loss_of(quantizer: Quantizer, z: Tensor) -> Tensor:
    output = quantizer(z)
    return output.quantized.pow(3).sum() + output.aux_loss


@pytest.mark.parametrize("name", MAKERS)
def test_function_transforms_agree_with_backward(name: str) -> None:
    quantizer, z = made(name), latents(3, DIM, 4, 5)
    leaf = z.clone().requires_grad_()
    loss_of(quantizer, leaf).backward()
    torch.testing.assert_close(torch.func.grad(partial(loss_of, quantizer))(z), leaf.grad)
    _, backward = torch.func.vjp(partial(loss_of, quantizer), z)
    torch.testing.assert_close(backward(torch.ones(()))[0], leaf.grad)
    direction = latents(3, DIM, 4, 5, seed=1)
    value, slope = torch.func.jvp(partial(loss_of, quantizer), (z,), (direction,))
    torch.testing.assert_close(value, loss_of(quantizer, z))
    wanted = (leaf.grad * direction).sum()
    torch.testing.assert_close(slope, wanted, rtol=1e-4, atol=1e-4, check_dtype=False)  # torch widens it now and then

    def results(one: Tensor) -> tuple[Tensor, Tensor]:
        output = quantizer(one[None])
        return output.indices[0], output.quantized[0]

    indices, quantized = torch.func.vmap(results)(z)
    output = quantizer(z)
    assert torch.equal(indices, output.indices) and torch.equal(quantized, output.quantized)
    each = torch.func.vmap(torch.func.grad(lambda one: quantizer(one[None]).quantized.pow(3).sum()))(z)
    alone = z.clone().requires_grad_()
    quantizer(alone).quantized.pow(3).sum().backward()
    torch.testing.assert_close(each, alone.grad)
    tensors = dict(quantizer.named_parameters()) | dict(quantizer.named_buffers())
    assert torch.equal(torch.func.functional_call(quantizer, tensors, (z,)).quantized, output.quantized)


# --- activation checkpointing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("reentrant", [False, True])
def test_recomputed_activations_give_the_same_gradients_and_count_statistics_once(name: str, reentrant: bool) -> None:
    ours, theirs = MAKERS[name](), MAKERS[name]()
    for seed in range(3):
        results = []
        for quantizer, run in ((ours, partial(checkpoint, use_reentrant=reentrant)), (theirs, None)):
            z = latents(2, DIM, 5, 4, seed=seed).requires_grad_()

            def part(x: Tensor, quantizer: Quantizer = quantizer) -> tuple[Tensor, Tensor, Tensor]:
                output = quantizer(x * 1.5)
                return output.quantized, output.aux_loss, output.indices

            quantized, aux_loss, indices = run(part, z) if run else part(z)
            loss = (quantized - 1).pow(3).sum() + aux_loss
            loss.backward()
            results.append((loss.detach(), z.grad, indices))
        torch.testing.assert_close(*results)
    assert all(torch.equal(tensor, ours.state_dict()[key]) for key, tensor in state(theirs).items())
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_whole_model_trains_the_same_with_recomputed_activations(
    reentrant: bool, tiny: Callable[..., ModelConfig]
) -> None:
    for config in (
        tiny("vq", 3, num_stages=2, conditioning="layernorm-global"),
        tiny("lfq", 4),
        tiny(num_stages=2, conditioning="layernorm"),
    ):
        ours = QuantizedAutoencoder(config)
        theirs = copy.deepcopy(ours)
        for seed in range(2):
            for model, again in ((ours, True), (theirs, False)):
                images = latents(2, 3, 16, 16, seed=seed).requires_grad_()

                def part(x: Tensor, model: QuantizedAutoencoder = model) -> tuple[Tensor, Tensor]:
                    output = model(x)
                    return output.images, output.quantizer.aux_loss

                decoded, aux_loss = checkpoint(part, images, use_reentrant=reentrant) if again else part(images)
                model.zero_grad()
                ((decoded - images).square().mean() + aux_loss).backward()
        for (key, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine.grad, other.grad, msg=key)
        for (key, mine), other in zip(ours.named_buffers(), theirs.buffers(), strict=True):
            assert torch.equal(mine, other), key

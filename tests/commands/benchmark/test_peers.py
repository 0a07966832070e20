"""The comparison with vector-quantize-pytorch: both sides do the same work, and every figure is there."""

import json
import math
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from rfsq.commands.benchmark import pairs as sides, peers
from rfsq.commands.benchmark.pairs import Pair, build_pairs, build_released
from rfsq.commands.cli import main
from rfsq.quantizers import LFQ

vector_quantize_pytorch = pytest.importorskip("vector_quantize_pytorch")
CPU = torch.device("cpu")


@pytest.fixture
def pairs() -> dict[str, Pair]:
    return {
        pair.name.split(" ")[0] if "residual" not in pair.name else " ".join(pair.name.split(" ")[:2]): pair
        for pair in build_pairs()
    }


def latents(pair: Pair, side: int = 16) -> torch.Tensor:
    return torch.randn(2, pair.dim, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ["FSQ", "LFQ", "VQ", "residual VQ", "residual FSQ"])
def test_both_sides_give_the_same_indices_and_values(pairs: dict[str, Pair], name: str) -> None:
    pair = pairs[name]
    pair.ours.eval()
    pair.peer.eval()
    z = latents(pair)
    with torch.no_grad():
        ours, peer = pair.call_ours(z), pair.call_peer(z)
    assert ours.indices.shape == peer.indices.shape and ours.quantized.shape == peer.quantized.shape
    same = ours.indices == peer.indices
    assert same.float().mean() > 0.999  # the rest of VQ are vectors halfway between two codes
    agree = same.all(dim=1, keepdim=True).expand_as(z)
    torch.testing.assert_close(ours.quantized[agree], peer.quantized[agree], rtol=1e-5, atol=1e-5)
    assert len(ours.indices.unique()) > 100


@pytest.mark.parametrize("name", ["FSQ", "LFQ", "VQ"])
def test_both_sides_pass_the_same_gradient(pairs: dict[str, Pair], name: str) -> None:
    pair = pairs[name]
    pair.ours.train()
    pair.peer.train()
    weights = latents(pair).flip(0)
    gradients = []
    for call in (pair.call_ours, pair.call_peer):
        z = latents(pair).requires_grad_()
        call(z).quantized.backward(weights)
        gradients.append(z.grad)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-5, atol=1e-6)


def test_the_auxiliary_losses_agree_where_their_definitions_do(pairs: dict[str, Pair]) -> None:
    vq = pairs["VQ"]
    vq.ours.train()
    vq.peer.train()
    z = latents(vq).requires_grad_()
    torch.testing.assert_close(vq.call_ours(z).aux_loss, vq.call_peer(z).aux_loss)
    ours = LFQ(6)  # up to 8 channels our grouped entropy is the joint one, up to the peer's bound on logarithms
    peer = vector_quantize_pytorch.LFQ(
        dim=6, entropy_loss_weight=ours.entropy_weight / 6, straight_through_activation=nn.Tanh()
    )
    pair = sides._lfq_pair("small", ours, peer)
    ours.train()
    peer.train()
    z = latents(pair).requires_grad_()
    torch.testing.assert_close(pair.call_ours(z).aux_loss, pair.call_peer(z).aux_loss, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["VQ", "residual VQ"])
def test_one_step_moves_both_codebooks_alike(pairs: dict[str, Pair], name: str) -> None:
    pair = pairs[name]
    peers.compare(pair, "training", CPU, (2, pair.dim, 8, 8), repeats=1)
    first = pair.ours if name == "VQ" else pair.ours.bases[0]
    layer = next(module for module in pair.peer.modules() if hasattr(module, "embed_avg"))
    assert int(first.updates) > 1
    # The first stages see the same latents; how often each side was called may differ, so only the direction counts.
    start = torch.randn(first.codebook.shape, generator=torch.Generator().manual_seed(first.seed))
    ours, theirs = (first.codebook - start).flatten(), (layer.embed[0] - start).flatten()
    assert torch.nn.functional.cosine_similarity(ours, theirs, dim=0) > 0.99


@pytest.mark.slow
def test_a_small_run_fills_every_row_and_writes_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(peers, "compare_all", partial(peers.compare_all, batch=2, side=8))
    monkeypatch.setattr(
        peers, "compare_training", partial(peers.compare_training, batch_size=2, side=16, min_seconds=0)
    )
    monkeypatch.setattr(peers, "COPY_BYTES", 2**20)
    assert main(["benchmark", "--peers", "--repeats", "5", "--device", "cpu", "--json", str(tmp_path / "p.json")]) == 0
    record = json.loads((tmp_path / "p.json").read_text())
    assert [(row["name"], row["mode"]) for row in record["comparisons"]] == [
        (pair.name, mode) for pair in [*build_pairs(), *build_released()] for mode in ("inference", "training")
    ]
    for row in (*record["comparisons"], *record["copies"], *record["throughputs"]):
        numbers = [value for value in row.values() if not isinstance(value, str)]
        assert len(numbers) >= 1 and all(math.isfinite(value) and value > 0 for value in numbers)
    assert record["packages"]["torch"] == torch.__version__
    assert record["packages"]["vector-quantize-pytorch"] and record["machine"]["processor"]
    printed = capsys.readouterr().out
    assert printed.count(" cpu ") >= 10 and "GB/s" in printed and "images/s" in printed


def test_added_memory_is_the_peak_of_what_a_call_allocates() -> None:
    def step() -> torch.Tensor:
        x = torch.zeros(1_000_000)  # 4 MB
        y = x + x
        del x
        return y + y  # two of them at a time

    assert peers.added_mb(step, CPU) == pytest.approx(8, abs=0.1)


def test_a_slow_row_ends_early_with_at_least_three_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "ROW_SECONDS", 0.0)
    assert peers.interleaved(lambda: None, lambda: None, CPU, 9, min_seconds=0.0).repeats == 3
    monkeypatch.setattr(peers, "ROW_SECONDS", 60.0)
    calls: list[str] = []
    times = peers.interleaved(lambda: calls.append("ours"), lambda: calls.append("peer"), CPU, 7, min_seconds=0.0)
    assert times.repeats == 7 and calls == ["ours", "peer"] * 7


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "vector_quantize_pytorch", None)
    assert main(["benchmark", "--peers"]) == 2
    message = capsys.readouterr().err.strip()
    assert "\n" not in message and "pip install -r requirements-dev.txt" in message

"""VQ: exact search in bounded memory, a codebook that follows its data, and the same one on every process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from paths import ROOT
from torch import Tensor, nn

from rfsq.quantizers import VQ, vq as vq_module
from rfsq.quantizers.conditioning import GlobalLayerNorm
from rfsq.quantizers.vq import kmeans, nearest


def as_latents(vectors: Tensor) -> Tensor:
    """(N, D) -> (1, D, 1, N)."""
    return vectors.T[None, :, None].contiguous()


def clusters(per_cluster: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Eight well separated centres (8, 3) and points close to them, shuffled."""
    centres = 10 * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3)
    generator = torch.Generator().manual_seed(seed)
    points = centres.repeat(per_cluster, 1)
    points = points + 0.1 * torch.randn(points.shape, generator=generator)
    return centres, points[torch.randperm(len(points), generator=generator)]


@pytest.mark.parametrize(("codes", "dim"), [(2, 1), (17, 3), (300, 5), (1024, 8)])
def test_the_nearest_code_is_that_of_brute_force(codes: int, dim: int) -> None:
    generator = torch.Generator().manual_seed(codes)
    codebook, vectors = torch.randn(codes, dim, generator=generator), torch.randn(500, dim, generator=generator)
    distances = (vectors.double()[:, None] - codebook.double()).square().sum(dim=2)
    rows = nearest(vectors, codebook)
    chosen = distances.gather(1, rows[:, None])[:, 0]
    assert bool((chosen <= distances.min(dim=1).values + 1e-5).all())
    assert (rows == distances.argmin(dim=1)).float().mean() > 0.99  # the rest are ties


def test_the_choice_between_equally_near_codes_does_not_depend_on_the_other_vectors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = torch.Generator().manual_seed(0)
    centres = 10 * torch.randn(400, 5, generator=generator)
    steps = torch.randn(400, 5, generator=generator)
    vectors, codebook = centres, torch.cat([centres + steps, centres - steps])  # each halfway between two codes
    together = nearest(vectors, codebook)
    alone = torch.cat([nearest(vector[None], codebook) for vector in vectors])
    assert torch.equal(alone, together)
    monkeypatch.setattr(vq_module, "_CHUNK_FLOATS", 70 * len(codebook))
    assert torch.equal(nearest(vectors, codebook), together)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's record of peak memory")
def test_65536_vectors_against_4096_codes_need_less_than_300_megabytes() -> None:
    # A fresh process: the peak of this one may lie higher already. VmHWM is the most memory it ever held.
    program = """if True:
        import torch
        from rfsq.quantizers.vq import nearest
        def peak():
            return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
        vectors, codebook = torch.randn(65536, 4), torch.randn(4096, 4)
        nearest(vectors[:64], codebook)
        before = peak()
        assert nearest(vectors, codebook).shape == (65536,)
        print((peak() - before) / 1024)"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 1 < float(run.stdout) < 300


def test_kmeans_finds_separate_clusters_and_survives_too_few_vectors() -> None:
    centres, points = clusters(50)
    found = kmeans(points, 8, 10, torch.Generator().manual_seed(1))
    assert (nearest(found, centres).unique().numel()) >= 6  # Lloyd's algorithm may merge some
    more = kmeans(points, 40, 10, torch.Generator().manual_seed(1))
    assert nearest(more, centres).unique().numel() == 8
    assert kmeans(points[:3], 10, 5, torch.Generator().manual_seed(0)).isfinite().all()


def test_training_starts_at_the_centres_of_the_first_batch() -> None:
    centres, points = clusters(50)
    quantizer = VQ(40, 3)
    wanted = kmeans(points, 40, 10, torch.Generator().manual_seed(0))
    output = quantizer(as_latents(points))
    assert torch.equal(output.quantized.detach(), as_latents(wanted[nearest(points, wanted)]))
    assert (output.quantized - as_latents(points)).abs().max() < 1
    assert quantizer.updates == 1
    with torch.no_grad():
        quantizer(as_latents(centres))
    assert quantizer.updates == 2  # no second start


def test_the_codebook_follows_moving_averages_as_written_by_hand() -> None:
    generator = torch.Generator().manual_seed(3)
    quantizer = VQ(6, 2, decay=0.8, revive_below=0.0, kmeans_iterations=3)
    first = torch.randn(200, 2, generator=generator)
    codebook = kmeans(first, 6, 3, torch.Generator().manual_seed(0)).double().numpy()
    counts, sums = np.ones(6), codebook.copy()
    for step in range(5):
        batch = first if step == 0 else torch.randn(200, 2, generator=generator)
        quantizer(as_latents(batch))
        vectors = batch.double().numpy()
        rows = ((vectors[:, None] - codebook) ** 2).sum(axis=2).argmin(axis=1)
        for code in range(6):
            counts[code] = 0.8 * counts[code] + 0.2 * (rows == code).sum()
            sums[code] = 0.8 * sums[code] + 0.2 * vectors[rows == code].sum(axis=0)
        codebook = sums / counts[:, None]
    np.testing.assert_allclose(quantizer.codebook.numpy(), codebook, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose(quantizer.ema_counts.numpy(), counts, rtol=2e-5)


def test_codes_that_fall_out_of_use_restart_at_tokens_of_the_batch() -> None:
    centres, points = clusters(20)
    points = points[nearest(points, centres) != 3]  # nothing comes near code 3 below
    quantizer = VQ(8, 3, decay=0.5, revive_below=0.4)
    quantizer(as_latents(points))
    for tensor in (quantizer.codebook, quantizer.ema_sums):
        tensor.copy_(centres)
    quantizer.ema_counts.fill_(0.5)
    quantizer(as_latents(points))
    distance = (quantizer.codebook[3] - points).norm(dim=1).min()
    assert distance < 1e-5 and quantizer.ema_counts[3] == pytest.approx(0.8)
    others = [code for code in range(8) if code != 3]
    assert (quantizer.ema_counts[others] > 5).all() and (quantizer.codebook[others] - centres[others]).abs().max() < 0.6


def test_a_collapsed_codebook_comes_back_into_use() -> None:
    _, points = clusters(40)
    quantizer = VQ(8, 3, decay=0.9)
    quantizer(as_latents(points))
    quantizer.codebook.fill_(100)
    quantizer.ema_sums.copy_(quantizer.codebook * quantizer.ema_counts[:, None])
    for step in range(80):
        output = quantizer(as_latents(clusters(40, seed=step)[1]))
    assert output.stages[0].usage == 1.0


def test_in_use_nothing_changes_and_gradients_pass_straight_through() -> None:
    quantizer = VQ(16, 3).eval()
    before = {name: tensor.clone() for name, tensor in quantizer.state_dict().items()}
    z = torch.randn(2, 3, 4, 5, requires_grad=True)
    output = quantizer(z)
    assert all(torch.equal(before[name], tensor) for name, tensor in quantizer.state_dict().items())
    assert torch.equal(output.quantized, quantizer.decode(output.indices))
    torch.testing.assert_close(output.aux_loss, 0.25 * (z - output.quantized.detach()).square().mean())
    output.quantized.sum().backward()
    assert z.grad is not None and bool((z.grad == 1).all())
    assert not list(quantizer.parameters())


def test_a_copy_of_the_state_continues_exactly() -> None:
    batches = [torch.randn(1, 3, 6, 6, generator=torch.Generator().manual_seed(n)) for n in range(12)]
    whole, first = VQ(64, 3, revive_below=0.9), VQ(64, 3, revive_below=0.9)  # revival, so randomness, in every step
    for batch in batches:
        whole(batch)
    for batch in batches[:5]:
        first(batch)
    second = VQ(64, 3, revive_below=0.9)
    second.load_state_dict(first.state_dict())
    torch.manual_seed(99)  # the global generator plays no part
    for batch in batches[5:]:
        second(batch)
    assert all(torch.equal(tensor, second.state_dict()[name]) for name, tensor in whole.state_dict().items())


def learners() -> nn.ModuleList:
    return nn.ModuleList([VQ(24, 3, decay=0.5, revive_below=0.9), GlobalLayerNorm(3)])


def learn(modules: nn.ModuleList, batches: list[Tensor]) -> dict[str, Tensor]:
    quantizer, norm = modules
    for batch in batches:
        quantizer(batch)
        norm.condition(batch)  # type: ignore[operator]
    return modules.state_dict()


def training_batches() -> list[Tensor]:
    """Four batches of two images whose tokens lie in clear clusters, so that rounding decides nothing."""
    return [clusters(16, seed)[1].view(2, 8, 8, 3).permute(0, 3, 1, 2) for seed in range(4)]


def _learn_on_a_rank(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.save(learn(learners(), [batch[rank : rank + 1] for batch in training_batches()]), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_learn_what_one_learns_from_both_batches(tmp_path: Path) -> None:
    mp.spawn(_learn_on_a_rank, (str(tmp_path),), nprocs=2)  # type: ignore[no-untyped-call]
    ranks = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1)]
    single = learn(learners(), training_batches())
    for name, tensor in single.items():
        assert torch.equal(ranks[0][name], ranks[1][name]), name
        torch.testing.assert_close(ranks[0][name], tensor, rtol=1e-4, atol=1e-4, msg=name)
    alone = learn(learners(), [batch[:1] for batch in training_batches()])
    assert not torch.allclose(alone["1.mean"], single["1.mean"], atol=1e-4)  # the other half did matter


@pytest.mark.parametrize(("codes", "dim"), [(1, 3), (0, 3), (4, 0)])
def test_impossible_sizes_are_refused(codes: int, dim: int) -> None:
    with pytest.raises(ValueError, match="at least 2 codes"):
        VQ(codes, dim)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("decay", (-0.1, 1.1, float("nan"))),
        ("commitment_weight", (-1.0, float("inf"))),
        ("revive_below", (-1.0, float("nan"))),
        ("kmeans_iterations", (-1,)),
    ],
)
def test_impossible_options_are_refused(option: str, values: tuple[float, ...]) -> None:
    for value in values:
        with pytest.raises(ValueError, match=f"^{option} must be"):
            VQ(4, 2, **{option: value})  # type: ignore[arg-type]

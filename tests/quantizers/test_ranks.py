"""Processes with batches of different sizes, some of them empty: together they learn what one process learns of all."""

import copy
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from made_quantizers import DIM, latents
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from rfsq.quantizers import FSQ, LFQ, VQ, Residual
from rfsq.quantizers.conditioning import GlobalLayerNorm

SHARES = ((3, 0, 2), (0, 4, 1), (1, 1, 0), (0, 0, 5), (0, 0, 0), (2, 2, 2))
"""Images of each rank in each step."""

Results = dict[str, dict[str, Tensor]]


def step(number: int, images: int) -> Tensor:
    """Tokens in clear clusters that move, so that rounding decides nothing about the nearest code."""
    centres = 4 * latents(8, DIM, seed=1) + 0.2 * number
    which = torch.randint(8, (images, 4, 3), generator=torch.Generator().manual_seed(number))
    noise = 0.05 * torch.randn(images, 4, 3, DIM, generator=torch.Generator().manual_seed(number))
    return (centres[which] + noise).permute(0, 3, 1, 2)


def batches(rank: int | None) -> list[Tensor]:
    """What a rank sees; None for one process that sees it all."""
    found = []
    for number, shares in enumerate(SHARES):
        everybodys = step(number, sum(shares))
        found.append(everybodys if rank is None else everybodys.split(shares)[rank])
    return found


def learners() -> dict[str, nn.Module]:
    return {
        "vq": VQ(24, DIM, decay=0.5, revive_below=0.9),
        "vq that starts late": VQ(6, DIM),
        "layernorm-global": Residual(lambda stage: FSQ((5,) * DIM), 2, "layernorm-global"),
        "vq, layernorm-global": Residual(lambda stage: VQ(8, DIM, seed=stage), 2, "layernorm-global"),
    }


def learn(rank: int | None) -> Results:
    """State of all that keeps statistics, and the gradients of LFQ's entropy loss, as training sees them."""
    found: Results = {}
    for name, module in learners().items():
        for number, batch in enumerate(batches(rank)):
            given = batch * torch.nan if "late" in name and number == 0 else batch
            module(given)
        found[name] = dict(module.state_dict())
    for name, lfq in {"lfq": LFQ(DIM), "lfq of two groups": LFQ(DIM + 6)}.items():
        encoder = nn.Conv2d(DIM, lfq.dim, 1)
        nn.init.constant_(encoder.bias, 0.1)
        encoder.weight.data = 0.1 * latents(lfq.dim, DIM, 1, 1, seed=7)
        both: nn.Module = nn.Sequential(encoder, lfq)
        if rank is not None:
            both = DistributedDataParallel(both)
        for batch in batches(rank)[:2]:
            both(batch).aux_loss.backward()
        gradients = {key: parameter.grad for key, parameter in encoder.named_parameters() if parameter.grad is not None}
        found[name] = gradients | {"value": both(batches(rank)[0]).aux_loss.detach()}
    lfq = LFQ(DIM).eval()
    if rank == 0:  # alone, while the others are elsewhere
        assert lfq(step(0, 2)).aux_loss.requires_grad is False
        (z := step(0, 2)).requires_grad_()
        lfq(z).aux_loss.backward()
    return found


def _on_a_rank(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=3)
    torch.save(learn(rank), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[Results]:
    folder = tmp_path_factory.mktemp("ranks")
    mp.spawn(_on_a_rank, (str(folder),), nprocs=3)  # type: ignore[no-untyped-call]
    return [torch.load(Path(folder) / f"{rank}.pt", weights_only=True) for rank in range(3)]


@pytest.fixture(scope="module")
def alone() -> Results:
    return learn(None)


@pytest.mark.slow
@pytest.mark.parametrize("name", learners())
def test_all_ranks_hold_the_statistics_of_all_tokens(name: str, ranks: list[Results], alone: Results) -> None:
    for key, tensor in alone[name].items():
        for results in ranks:
            assert torch.equal(results[name][key], ranks[0][name][key]), key
        torch.testing.assert_close(ranks[0][name][key], tensor, rtol=1e-4, atol=1e-4, msg=key)
    updates = [tensor for key, tensor in alone[name].items() if key.endswith("updates")]
    assert {int(count) for count in updates} == {4 if "late" in name else 5}  # the empty step does not count


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lfq", "lfq of two groups"])
def test_the_entropy_loss_is_that_of_all_tokens(name: str, ranks: list[Results], alone: Results) -> None:
    for results in ranks:
        assert results[name].keys() == alone[name].keys()
        for key, tensor in alone[name].items():
            torch.testing.assert_close(
                results[name][key], tensor, rtol=1e-4, atol=1e-6, msg=lambda text, key=key: f"{key}: {text}"
            )


def test_a_step_in_which_nobody_has_a_token_changes_nothing() -> None:
    for module in (VQ(8, DIM), GlobalLayerNorm(DIM), LFQ(DIM)):
        before = copy.deepcopy(module.state_dict())
        module.condition(step(0, 0)) if isinstance(module, GlobalLayerNorm) else module(step(0, 0))
        assert all(torch.equal(tensor, module.state_dict()[key]) for key, tensor in before.items())

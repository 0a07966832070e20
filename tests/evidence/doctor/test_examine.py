"""The doctor finds the planted fault of every broken quantizer, and none in ours."""

import re

import pytest
import torch
from broken_quantizers import FAULTS, Sound
from made_quantizers import DIM, MAKERS
from torch import Tensor, nn

from rfsq.evidence.doctor import Line, examine
from rfsq.evidence.doctor.counts import ideal_codes
from rfsq.quantizers.foreign import Foreign
from rfsq.quantizers.foreign.fit import fit_foreign
from rfsq.style.wording import NARROW_SPACE


def latents(dim: int) -> Tensor:
    """64 images, each of a strength of its own."""
    noise = torch.randn(64, dim, 8, 8, generator=torch.Generator().manual_seed(0))
    return noise * torch.linspace(0.5, 1, 64).view(-1, 1, 1, 1)


def red(lines: list[Line]) -> dict[str, str]:
    return {line.check: line.value for line in lines if line.verdict == "red"}


@pytest.mark.parametrize("broken", FAULTS, ids=lambda broken: broken.__name__)
def test_the_planted_fault_is_red(broken: type[nn.Module]) -> None:
    lines = examine(Foreign(broken(), 3), latents(3))
    assert FAULTS[broken] in red(lines)
    assert all(line.cure for line in lines if line.verdict != "green")
    for line in lines:  # nothing is used more than there is
        if line.check in ("codebook use", "entropy, bits", "reachable codes"):
            pairs = re.findall(
                r"([\d.]+) of ([\d.]+)", line.value.replace(NARROW_SPACE, "").replace("2^30", str(2**30))
            )
            assert pairs and all(float(used) <= float(most) for used, most in pairs), line


def test_what_the_broken_ones_are_made_from_has_no_fault() -> None:
    lines = examine(Foreign(Sound(), 3), latents(3))
    assert {line.verdict for line in lines} == {"green"}
    assert {line.check for line in lines} >= set(FAULTS.values())


@pytest.mark.parametrize("name", MAKERS)
def test_ours_show_no_red_line(name: str) -> None:
    foreign = Foreign(MAKERS[name](), DIM)
    fit_foreign(foreign, z := latents(DIM), steps=5)
    assert not red(examine(foreign, z))


def test_a_run_repeats() -> None:
    first, second = (examine(Foreign(Sound(), 3), latents(3)) for _ in range(2))
    assert first == second


def test_equally_likely_codes_show_what_the_formula_says() -> None:
    drawn = torch.randint(500, (40, 1000), generator=torch.Generator().manual_seed(0))
    seen = torch.tensor([len(row.unique()) for row in drawn]).double().mean()
    assert float(seen) == pytest.approx(ideal_codes(500, 1000), rel=5e-3)

"""What torch keeps for every size of picture is bounded: real processes with real convolutions."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from rfsq.machine.torch_caches import CAPACITIES, bound_caches

GROWS = """
import os, sys
import torch
from rfsq.commands.benchmark.memory import resident_mb
from rfsq.machine.torch_caches import bound_caches
if sys.argv[1] == "bound":
    bound_caches()
torch.set_num_threads(1)
net = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 4, 2, 1), torch.nn.ConvTranspose2d(64, 3, 4, 2, 1))
def run(heights):
    for height in heights:
        for width in range(1, 20):
            net(torch.zeros(1, 3, 4 * height, 4 * width).contiguous(memory_format=torch.channels_last))
with torch.inference_mode():
    run(range(1, 3))
    before = resident_mb(os.getpid())
    run(range(3, 20))
print(resident_mb(os.getpid()) - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or not torch.backends.mkldnn.is_available(), reason="oneDNN and /proc are what is measured"
)
def test_pictures_of_320_sizes_leave_little_behind_and_would_leave_much() -> None:
    clean = {name: value for name, value in os.environ.items() if name not in CAPACITIES}

    def growth(how: str) -> float:
        made = subprocess.run(
            [sys.executable, "-c", GROWS, how], env=clean, capture_output=True, text=True, check=True, timeout=300
        )
        return float(made.stdout)

    kept, bounded = growth("free"), growth("bound")
    assert kept > 40 and bounded < kept / 3, f"{kept:.0f} MB without a bound, {bounded:.0f} MB with it"


def test_what_the_environment_says_already_is_left() -> None:
    first, second = CAPACITIES
    environment = {first: "1000"}
    bound_caches(environment)
    assert environment == {first: "1000", second: str(CAPACITIES[second])}

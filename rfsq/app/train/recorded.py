"""A real run of the default settings, recorded beforehand: what the page "Train your own" shows before any click."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rfsq.photos.read import read_image
from rfsq.training.live import columns

COMMAND = "python -m rfsq live --json rfsq/app/train/recorded_run.json --picture rfsq/app/train/recorded_run.png"
_FILE = Path(__file__).with_name("recorded_run.json")


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """What `python -m rfsq live` wrote."""

    base: str
    shown: str  # name of the example that was measured
    held_out: str  # of one that the run did not learn from
    log: dict[str, list[float]]  # columns
    pixels: np.ndarray  # (H, W, 3) uint8, its reconstruction at the end
    steps: int
    seconds: float
    psnr_db: float
    l1: float
    device: str


@cache
def recorded_run() -> RecordedRun:
    facts = json.loads(_FILE.read_text(encoding="utf-8"))
    return RecordedRun(
        facts["base"],
        facts["shown"],
        facts["held_out"],
        columns(facts["log"]),
        read_image(_FILE.with_suffix(".png")),
        facts["steps"],
        facts["seconds"],
        facts["psnr_db"],
        facts["l1"],
        facts["device"],
    )

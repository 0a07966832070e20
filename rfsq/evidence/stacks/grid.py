"""What was measured of stacks around the same networks, on the test photos: `checkpoints/stacks.json`.

`python -m rfsq stacks --images DIR` writes it. Nothing but the stack differs between two rows of one network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rfsq.evidence.results import known_difference
from rfsq.evidence.stored import ResultsError, load_stored, write_stored
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.model.config import MAX_BITS
from rfsq.model.stack import StackSpec
from rfsq.model.zoo import zoo_config
from rfsq.quantizers import CONDITIONINGS

FORMAT = 1
LEVELS = (2, 3, 4, 8, 16)
STAGES = (1, 2, 3, 4, 5, 6, 7, 8)
VQ_STACKS = ((256, 1), (256, 2), (256, 4), (1024, 1), (1024, 2), (1024, 4))  # codes and stages
CLOSE_NETWORK = "continuous-5"  # the width of most trained models
CLOSE_LEVELS, CLOSE_STAGES = (4, 2), 4  # 40 and 20 bits


@dataclass(frozen=True)
class StackScore:
    """One stack around one network: means over the photos, with 95 % intervals."""

    network: str
    stack: str  # as `StackSpec.text`
    bits_per_token: float
    bpp_nominal: float  # side information included
    bpp_entropy: float | None  # zeroth-order, of each stage; None where codebooks are too large to count
    psnr_db: float
    psnr_interval: tuple[float, float]
    st_lpips: float | None  # AlexNet; None where it was not measured
    versus_none_db: tuple[float, float, float] | None  # paired difference of PSNR to the same without conditioning


@dataclass(frozen=True)
class CloseScores:
    """More of a stack that also exists as a trained model, or that a table shows."""

    psnr_db: tuple[float, ...]  # of each photo, with all stages
    psnr_after: tuple[float, ...]  # mean with the first 1 … S stages of the same stack


@dataclass(frozen=True)
class StackGrid:
    """A run over a folder of photos."""

    command: str
    folder: str
    folder_sha256: str
    images: int
    fit_version: int  # of the way of fitting
    weights: Mapping[str, str]  # network -> SHA-256 of the weights that were measured
    ceilings: Mapping[str, tuple[float, float | None]]  # network -> PSNR and ST-LPIPS without any rounding
    scores: tuple[StackScore, ...]
    close: Mapping[str, CloseScores]  # stack around CLOSE_NETWORK -> more of it
    device: str = ""  # that measured; empty where it was not noted

    def find(self, network: str, stack: str) -> StackScore | None:
        return next((score for score in self.scores if (score.network, score.stack) == (network, stack)), None)

    def score(self, network: str, stack: str) -> StackScore:
        """Raises ResultsError if it was not measured."""
        found = self.find(network, stack)
        if found is None:
            raise ResultsError(f"There are no results of {stack} around {network}.")
        return found

    def difference(self, stack: str, reference: str) -> Interval:
        """Mean PSNR of `stack` − `reference` around CLOSE_NETWORK, paired, with its 95 % interval. Raises ResultsError."""
        return known_difference(self.per_photo(stack), self.per_photo(reference))

    def per_photo(self, stack: str) -> tuple[float, ...]:
        """PSNR of each photo. Raises ResultsError if it was not kept."""
        if stack not in self.close:
            raise ResultsError(f"There are no results photo by photo of {stack}.")
        return self.close[stack].psnr_db


def grid_specs(network: str) -> list[StackSpec]:
    """All stacks of the grid that a network's channels allow: an index of a stage has 62 bits at most."""
    dim = zoo_config(network).dim
    specs = [
        StackSpec("fsq", (levels,), stages=stages, conditioning=conditioning)
        for levels in LEVELS
        for stages in STAGES
        for conditioning in CONDITIONINGS
        if dim * np.log2(levels) <= MAX_BITS
    ]
    specs += [StackSpec("lfq", stages=k, conditioning=name) for k in STAGES for name in ("none", "scale")]
    return specs + [StackSpec("vq", codes=codes, stages=stages) for codes, stages in VQ_STACKS]


def close_specs() -> list[StackSpec]:
    """The stacks of which more is kept: those of the table, and the one that residual VQ was trained as."""
    specs = [StackSpec("fsq", (levels,), 0, CLOSE_STAGES, name) for levels in CLOSE_LEVELS for name in CONDITIONINGS]
    return [*specs, StackSpec("vq", codes=1024, stages=4)]


def is_close(network: str, spec: StackSpec) -> bool:
    """Whether a stack is one of `close_specs`, around their network."""
    return network == CLOSE_NETWORK and spec in close_specs()


def grid_file() -> Path:
    """Where the grid is: beside the checkpoints."""
    return checkpoint_folder() / "stacks.json"


def write_grid(grid: StackGrid, path: Path) -> None:
    """Write the file atomically, a line per stack, numbers rounded to what they can mean."""
    record = asdict(grid)
    write_stored(path, _rounded(record) | {"close": _rounded(record["close"], 3)}, format=FORMAT)


def _rounded(value: Any, digits: int = 4) -> Any:
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, Mapping):
        return {key: _rounded(item, digits) for key, item in value.items()}
    return [_rounded(item, digits) for item in value] if isinstance(value, list | tuple) else value


def load_grid() -> StackGrid | None:
    """The grid beside the checkpoints, None if there is none. Raises ResultsError if it is damaged."""
    return load_stored(grid_file(), _grid, format=FORMAT)


def _grid(facts: dict[str, Any]) -> StackGrid:
    scores = tuple(
        StackScore(**(row | {key: _tuple(row[key]) for key in ("psnr_interval", "versus_none_db")}))
        for row in facts.pop("scores")
    )
    ceilings = {name: (float(psnr), distance) for name, (psnr, distance) in facts.pop("ceilings").items()}
    close = {
        stack: CloseScores(**{key: tuple(map(float, values)) for key, values in more.items()})
        for stack, more in facts.pop("close").items()
    }
    if any(len(more.psnr_db) != facts["images"] for more in close.values()):
        raise ValueError("scores of each photo do not fit")
    return StackGrid(**facts, ceilings=ceilings, scores=scores, close=close)


def _tuple(value: list[float] | None) -> tuple[float, ...] | None:
    return None if value is None else tuple(value)

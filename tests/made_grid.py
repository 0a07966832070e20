"""A made-up grid of stacks around one network, whose scores follow simple rules."""

import numpy as np

from rfsq.evidence.stacks.grid import CLOSE_NETWORK, CloseScores, StackGrid, StackScore, close_specs, grid_specs
from rfsq.model.fitted import FIT_VERSION
from rfsq.model.stack import StackSpec

CEILING = 30.5


def made_grid(photos: int = 12, **psnr_db: float) -> StackGrid:
    """None stays at what one stage gives, gain gains a little, the others halve what is missing with every stage.

    psnr_db: what a strategy (with _ for -) reaches instead, whatever the stages and levels.
    """
    wobble = np.random.default_rng(0).normal(0, 0.05, photos)
    scores, close = [], {}
    for spec in grid_specs(CLOSE_NETWORK):
        level = psnr_db.get(spec.conditioning.replace("-", "_"), _level(spec))
        values = level + wobble
        bits = 5.0 * float(np.log2((*spec.levels, 2)[0])) * spec.stages
        mean = float(values.mean())
        scores.append(
            StackScore(CLOSE_NETWORK, spec.text, bits, bits / 16, None, mean, (mean - 0.1, mean + 0.1), 0.05, None)
        )
        if spec in close_specs():
            close[spec.text] = CloseScores(tuple(values.tolist()), (mean,) * spec.stages)
    weights = {CLOSE_NETWORK: "0" * 64}
    command = "python -m rfsq stacks --images photos"
    limits = {CLOSE_NETWORK: (CEILING, 0.04)}
    return StackGrid(command, "photos", "f" * 64, photos, FIT_VERSION, weights, limits, tuple(scores), close)


def _level(spec: StackSpec) -> float:
    missing = 12.0 / float(np.log2((*spec.levels, 2)[0]))
    if spec.conditioning == "none" and not spec.codes:
        return CEILING - missing
    if spec.conditioning == "gain":
        return CEILING - 0.8 * missing * 0.9 ** (spec.stages - 1)
    return CEILING - 0.8 * missing * 0.5 ** (spec.stages - 1)

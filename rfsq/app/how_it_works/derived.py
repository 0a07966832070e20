"""What follows from the levels that a stage chose, so that the browser can work it out instead of being sent it.

`derived.js` is the same in the browser. Whatever a quantizer makes otherwise is sent (see payload.py).
"""

from __future__ import annotations

import numpy as np

from rfsq.model.token_path import StagePath, TokenPath

CLOSE = 1e-5  # of the largest value: three decimals are shown


def derived(stage: StagePath, residual: np.ndarray) -> dict[str, np.ndarray]:
    """By name what the stage makes of its residual (D, h, w), each (D, h, w) float64. Codes only where there are levels.

    Undoing is a straight line for each channel, and conditioning the way back on it.
    """
    found: dict[str, np.ndarray] = {}
    zero, one = (stage.line[:, end, None, None].astype(np.float64) for end in (0, 1))
    codes = stage.codes.astype(np.float64)
    if stage.digits is not None:
        levels = np.array(stage.levels)[:, None, None]
        codes = np.where(levels > 1, stage.digits * 2 / np.maximum(levels - 1, 1) - 1, 0.0)
        found["codes"] = codes
    found["step"] = zero + (one - zero) * codes
    with np.errstate(divide="ignore", invalid="ignore"):
        found["conditioned"] = (residual - zero) / (one - zero)
    conditioned = found["conditioned"]
    clamped = conditioned.clip(-1, 1) if stage.bound == "clamp" else conditioned
    found["bounded"] = np.tanh(conditioned) if stage.bound == "tanh" else clamped
    found["remainder"] = residual - found["step"]
    return found


def derived_start(path: TokenPath) -> np.ndarray:
    """What is quantized, (D, h, w) float64: the latents, bounded where the path says so."""
    latents = path.latents.astype(np.float64)
    if not path.cells:
        return latents
    cells = np.array(path.cells)[:, None, None]
    bounded: np.ndarray = cells * np.tanh(latents / cells)
    return bounded


def is_close(found: np.ndarray, true: np.ndarray) -> bool:
    """Whether what was derived shows the same numbers."""
    scale = max(1.0, float(np.abs(true).max(initial=0.0)))
    return bool(np.isfinite(found).all() and np.abs(found - true).max(initial=0.0) <= CLOSE * scale)

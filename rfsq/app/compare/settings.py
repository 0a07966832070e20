"""The state of the Compare page as one value: what the controls set and what a link stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rfsq.app.shared.working_photo import FIRST_PHOTO

EVERY: Final = "all"  # the conditioning control's first choice: strategies side by side
MAX_SHOWN: Final = 4  # pictures beside the original
MAX_OWN: Final = 2  # of them, quantizers that the process was started with

PRESETS: Final = {
    "network": "same network",
    "conditioning": "none · scale · layernorm",
    "quantizers": "VQ · FSQ · RFSQ",
    "equal": "all at equal bits",
    "stages": "stages 1 → S",
    "ours": "grouped · geometric · layernorm",
    "own": "your own choice",
}
FAMILIES: Final = {"4x1024": "4 stages × 1024 codes", "2x2048": "2 stages × 2048 codes"}
BASES: Final = {"fsq": "FSQ", "lfq": "LFQ", "vq": "VQ"}
VIEWS: Final = ("grid", "divider", "flip", "error")
EQUAL: Final = {"bits": "equal bits", "bytes": "equal bytes"}
CHARTS: Final = {"relative": "left over", "raw": "raw RMS", "signal": "signal ÷ spacing", "scores": "scores"}


@dataclass(frozen=True)
class Settings:
    """Every choice of the page. The defaults are the first view; `rfsq.app.compare.link` checks values from outside."""

    photo: str = FIRST_PHOTO  # name of an example, or OWN_PHOTO
    size: str = "256"  # key of SIZES: pixels of the longer side that the models see
    preset: str = "conditioning"  # key of PRESETS
    family: str = "4x1024"  # key of FAMILIES: which RFSQ models
    strategy: str = EVERY  # a conditioning, or EVERY
    stages: int = 4  # k, as asked for; a model with fewer stages shows all it has
    view: str = "grid"  # one of VIEWS
    models: tuple[str, ...] = ()  # the preset "own": up to MAX_SHOWN names
    device: str = "auto"
    network: str = "continuous-5"  # the preset "network": what the stacks are fitted to,
    base: str = "fsq"  # key of BASES,
    levels: int = 2  # per channel,
    depth: int = 4  # stages,
    single: bool = False  # and whether one FSQ of the same bits stands beside them
    own: tuple[str, ...] = ()  # up to MAX_OWN quantizers from outside, by their keys, beside the stacks
    equal: str = (
        "bits"  # key of EQUAL: what the pictures have in common, their stages or nearly the bytes of their files,
    )
    reference: int = 1  # and then whose files: the number of a picture, from 1
    chart: str = "relative"  # key of CHARTS

"""What the zoo's model of the same quantizer makes of a photo: where a longer training of a wider network ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfsq.app.shared.reconstructions import pictures_of
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.model.checkpoint import CheckpointError
from rfsq.training.live import PHOTO_SIDE


@dataclass(frozen=True, eq=False)
class Ceiling:
    """The photo through the zoo's model, all stages."""

    pixels: np.ndarray  # (H, W, 3) uint8
    psnr_db: float


def ceiling_of(base: str, pixels: np.ndarray, digest: str) -> Ceiling | None:
    """Computed once for each model and photo; None where there is no checkpoint.

    pixels: as `live_photo` gives them; digest: names the photo that they were made from.
    """
    working = WorkingPhoto(f"{digest}-{PHOTO_SIDE}", pixels)
    try:
        pictures = pictures_of(working, base)
    except CheckpointError:
        return None
    return Ceiling(pictures.reconstruction.stages[-1].pixels, pictures.psnr_db[-1])

"""What the zoo's model of the same quantizer makes of a photo: where a longer training of a wider network ends."""

from __future__ import annotations

import numpy as np

from rfsq.app.shared.reconstructions import Picture, picture_of
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.model.checkpoint import CheckpointError
from rfsq.model.zoo import ZOO
from rfsq.training.live import PHOTO_SIDE


def ceiling_of(base: str, pixels: np.ndarray, digest: str) -> Picture | None:
    """The photo through all stages of the model. Computed once for each model and photo; None where there is no checkpoint.

    pixels: as `live_photo` gives them; digest: names the photo that they were made from.
    """
    working = WorkingPhoto(f"{digest}-{PHOTO_SIDE}", pixels)
    try:
        return picture_of(working, base, ZOO[base].num_stages)
    except CheckpointError:
        return None

"""The columns of a training log, made up, for tests of what is drawn of one."""

import math

LOG: dict[str, list[float]] = {
    "step": [0, 50, 100],
    "loss": [0.3, 0.1, 0.08],
    "psnr_db": [18.0, math.nan, 25.04],
    "rms_0": [0.5, 0.45, 0.44],
    "rms_1": [0.3, 0.2, 0.0],
    "images_per_second": [1, 2, 3],
}

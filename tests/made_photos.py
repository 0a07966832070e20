"""Files of test photos, as few as can be: every model and format that the goals for low rates name."""

import numpy as np

from rfsq.evidence.files.photos import FilePhotos, PhotoPoint, PhotoPoints
from rfsq.evidence.low_rates.words import FINE, TOGETHER

PIXELS = 80_000  # of a photo here: 100 bytes are 0.01 bpp
PHOTOS = 20


def points(*settings: tuple[float, float, float, float], overhead: int) -> PhotoPoints:
    """Of bytes, PSNR, and ST-LPIPS by AlexNet and by VGG, which every second photo lacks."""
    made = []
    for k, (size, psnr, alex, vgg) in enumerate(settings, start=1):
        half = np.full(PHOTOS, vgg)
        half[1::2] = np.nan
        scores = {"psnr_db": np.full(PHOTOS, psnr), "st_lpips": np.full(PHOTOS, alex), "st_lpips_vgg": half}
        made.append(PhotoPoint(str(k), overhead, np.full(PHOTOS, size), scores))
    return tuple(made)


def made_photos(vgg_of_avif: float = 0.4) -> FilePhotos:
    """Ours is ahead by AlexNet and behind in PSNR; it begins at 1000 and 1500 bytes, the others at 1200."""
    ours = points((1500, 20.0, 0.3, 0.3), (4000, 25.0, 0.2, 0.2), overhead=70)
    together = points((1000, 22.0, 0.25, 0.3), overhead=60)
    theirs = {
        name: points((1200, 30.0, 0.5, vgg), (8000, 35.0, 0.4, vgg), overhead=300)
        for name, vgg in {"jpeg": 0.4, "webp": 0.4, "avif": vgg_of_avif}.items()
    }
    return FilePhotos(
        "python -m rfsq results --images f", "f", "d", PHOTOS, PIXELS, {}, {TOGETHER: together, FINE: ours}, theirs
    )

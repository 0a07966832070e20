"""Curves of a gallery of two photos, as small as they can be."""

from rfsq.evidence.files.curves import CurvePoint, GalleryCurves, PhotoCurves
from rfsq.evidence.low_rates.words import FINE, TOGETHER

PIXELS = 80_000  # of a photo here: 100 bytes are 0.01 bpp


def curve(*points: tuple[float, float, float, float], stages: bool) -> tuple[CurvePoint, ...]:
    """Of bytes, PSNR, and ST-LPIPS by AlexNet and by VGG."""
    return tuple(
        CurvePoint(str(k) if stages else f"quality {k}", size, psnr, None, None, alex, vgg)
        for k, (size, psnr, alex, vgg) in enumerate(points, start=1)
    )


def made_gallery(vgg_of_jpeg: float = 0.4, psnr_of_jpeg: float = 30.0) -> GalleryCurves:
    """Two photos: ours of 1000 and 4000 bytes, other formats that are worse in ST-LPIPS at 1000 and better at 4000."""
    ours = curve((1000, 20.0, 0.3, 0.3), (4000, 25.0, 0.2, 0.2), stages=True)
    jpeg = curve(
        (500, psnr_of_jpeg, 0.5, vgg_of_jpeg),
        (2000, psnr_of_jpeg + 1, 0.25, vgg_of_jpeg - 0.15),
        (8000, psnr_of_jpeg + 2, 0.0, 0.0),
        stages=False,
    )
    photo = PhotoCurves(PIXELS, {}, {TOGETHER: ours[:1], FINE: ours}, {"jpeg": jpeg, "webp": jpeg, "avif": jpeg})
    return GalleryCurves("python -m rfsq results --gallery", {"a": photo, "b": photo})

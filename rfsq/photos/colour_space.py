"""Colour spaces made of three primaries and curves, and their way to sRGB; ICC, cICP, nclx and gAMA all name such spaces.

Computed here where littleCMS would not do: Pillow's has 8-bit samples only, and dark tones of deep linear pictures would
be lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from rfsq.photos.errors import ImageError

Chromaticities = tuple[float, ...]  # x, y of red, green, blue and white

STORED: Final = np.linspace(0, 1, 65536)  # the samples that a curve gives the light of
_D65: Final = (0.3127, 0.3290)
_WHITE_C: Final = (0.310, 0.316)

# By the code points of ITU-T H.273, table 2.
_PRIMARIES: Final[dict[int, Chromaticities]] = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *_D65),
    4: (0.670, 0.330, 0.210, 0.710, 0.140, 0.080, *_WHITE_C),
    5: (0.640, 0.330, 0.290, 0.600, 0.150, 0.060, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, *_WHITE_C),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    10: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *_D65),
}


def srgb_light(stored: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1: linear light 0 … 1 of stored values 0 … 1."""
    return np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)


def _srgb_stored(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _smpte240_light(stored: np.ndarray) -> np.ndarray:
    return np.where(stored < 0.0912863, stored / 4.0, ((stored + 0.1115722) / 1.1115722) ** (1 / 0.45))


# By the code points of ITU-T H.273, table 3: the light of a screen. For the television curves that is BT.1886's, as in
# Chromium, which is not the inverse of the camera's. The logarithmic ones (9, 10) and BT.1361 (12) are shown as sRGB, as
# Chromium does; 16 and 18 have a sentence of their own.
_LIGHT: Final[dict[int, Callable[[np.ndarray], np.ndarray]]] = {
    **dict.fromkeys((1, 6, 11, 14, 15), lambda stored: stored**2.4),
    4: lambda stored: stored**2.2,
    5: lambda stored: stored**2.8,
    7: _smpte240_light,
    8: lambda stored: stored,
    13: srgb_light,
    17: lambda stored: stored**2.6 * (52.37 / 48),
}
_HDR: Final = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True, eq=False)
class ColourSpace:
    """Stored values → linear light of these primaries → linear light of sRGB's."""

    curves: tuple[np.ndarray, ...]  # one for all channels, or three: (65536,) float32, light of 0 … 65535
    to_srgb: np.ndarray  # (3, 3) float32, columns are this space's primaries

    def pixels(self, samples: np.ndarray) -> np.ndarray:
        """(h, w, 1 or 3) uint8 or uint16 → (h, w, 3) uint8, sRGB."""
        step = 257 if samples.dtype == np.uint8 else 1
        curves = [curve[::step] for curve in self.curves] * (3 // len(self.curves))
        light = np.empty((*samples.shape[:2], 3), np.float32)
        for c, curve in enumerate(curves):
            light[..., c] = curve[samples[..., min(c, samples.shape[2] - 1)]]
        if samples.shape[2] == 3:  # grey has no primaries: white stays white
            light = light @ self.to_srgb.T
        light *= 65535
        np.clip(light, 0, 65535, out=light)
        light += 0.5
        return _STORED_8[light.astype(np.uint16)]


_STORED_8: Final = np.rint(_srgb_stored(STORED) * 255).astype(np.uint8)


def primaries_to_xyz(xy: Chromaticities) -> np.ndarray:
    """(3, 3): linear light of these primaries → XYZ under D50, the white moved by Bradford's method (ICC.1, annex E).

    Raises ValueError for primaries that span no space.
    """
    points = np.array(xy, float).reshape(4, 2)
    if not np.isfinite(points).all() or (points[3] <= 0).any():
        raise ValueError("the white point has no brightness")
    columns = np.column_stack([points, 1 - points.sum(1)]).T  # x, y, z of red, green, blue, white
    white = columns[:, 3] / columns[1, 3]
    try:
        matrix = columns[:, :3] * np.linalg.solve(columns[:, :3], white)
    except np.linalg.LinAlgError as error:
        raise ValueError("the primaries lie on a line") from error
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    gain = (cone @ (0.96422, 1.0, 0.82521)) / (cone @ white)
    return np.linalg.inv(cone) @ (gain[:, None] * cone) @ matrix


_XYZ_TO_SRGB: Final = np.linalg.inv(primaries_to_xyz(_PRIMARIES[1]))


def space_of(to_xyz: np.ndarray, curves: list[np.ndarray]) -> ColourSpace:
    """From the XYZ (D50) of its primaries, (3, 3), and the light 0 … 1 of `STORED`, one curve or three."""
    tables = tuple(np.nan_to_num(curve).clip(0, 1).astype(np.float32) for curve in curves)
    return ColourSpace(tables, (_XYZ_TO_SRGB @ to_xyz).astype(np.float32))


def space_of_codes(primaries: int, transfer: int) -> ColourSpace | None:
    """The space of ITU-T H.273's code points, as in PNG's cICP; None when one of them names nothing that we know.

    Raises ImageError for PQ and HLG: high dynamic range would have to be cut to fit, and by how much is a choice.
    """
    if primaries in _PRIMARIES and transfer in _HDR:
        raise ImageError(
            f"This picture is in high dynamic range ({_HDR[transfer]}), which we cannot show. "
            "A copy saved in standard range (sRGB) will work."
        )
    if primaries not in _PRIMARIES or transfer not in _LIGHT:
        return None
    return space_of(primaries_to_xyz(_PRIMARIES[primaries]), [_LIGHT[transfer](STORED)])


def space_of_lenient_codes(primaries: int, transfer: int) -> ColourSpace | None:
    """As in AVIF's nclx and a profile's cicp: what is unspecified is sRGB's, and television curves mean sRGB's own.

    Chromium reads them so, as encoders write them for pictures in sRGB. Raises ImageError for PQ and HLG.
    """
    unspecified, srgb_curve, television = 2, 13, (1, 6, 14, 15)
    return space_of_codes(
        1 if primaries == unspecified else primaries,
        srgb_curve if transfer == unspecified or transfer in television else transfer,
    )


def space_of_gamma(gamma: float, primaries: Chromaticities | None) -> ColourSpace | None:
    """The space of PNG's gAMA (0.45455 for a screen of 2.2) and cHRM, which alone says nothing.

    As Chromium reads them: primaries are sRGB's where none are given, and then 1/2.2 means sRGB's own curve.
    """
    if gamma <= 0 or (primaries is None and abs(gamma * 2.2 - 1) < 0.05):
        return None
    try:
        return space_of(primaries_to_xyz(primaries or _PRIMARIES[1]), [STORED ** (1 / gamma)])
    except ValueError:
        return None

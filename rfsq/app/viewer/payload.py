"""What the viewer receives in one message (see shared/browser/envelope.py): all but the pictures, which it fetches by name."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rfsq.app.routes import path_of
from rfsq.app.shared.browser.envelope import pack
from rfsq.app.shared.picture_files import ADDRESS, PictureFile
from rfsq.app.shared.turns import turns
from rfsq.app.viewer.pictures import encode_error, encode_picture, known_file

LIVE_PIXELS = 40_000_000  # up to here the browser holds every stage at once (160 MB of decoded pixels)
ERROR_STEPS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # round ends for the colour bar


@dataclass(frozen=True, eq=False)
class Frame:
    """One method's picture after k stages."""

    pixels: np.ndarray | None  # (H, W, 3) uint8, the reconstruction; None while it is not decoded
    scores: str  # short line under the picture, "29.4 dB · SSIM 0.912"
    rate: str  # "40 bits/token · 2.50 bpp nominal with 80 B side info"
    error: np.ndarray | None = None  # (H, W) float32 in [0, 1], the ꟻLIP map; None while not computed
    stages: str = ""  # "3 of 4 stages", where that does not follow from the frame's place


@dataclass(frozen=True, eq=False)
class Method:
    """One quantizer with its pictures for k = 1…S; a method with one frame ignores the stage count."""

    name: str
    label: str
    color_light: str
    color_dark: str
    marker: str  # a single glyph
    start: np.ndarray | None  # (H, W, 3) uint8, the decoder's picture before any stage; None while it is not decoded
    frames: tuple[Frame, ...]

    def at(self, stage: int) -> Frame:
        """The frame at `stage` (1…), or the last one the method has."""
        return self.frames[min(stage, len(self.frames)) - 1]


def check(original: np.ndarray, methods: Sequence[Method]) -> None:
    """Raise ValueError when the viewer could not show these: none or too many, doubled names, unequal sizes."""
    names = [method.name for method in methods]
    if not 1 <= len(names) <= 4 or len(set(names)) < len(names):
        raise ValueError(f"the viewer shows one to four methods with different names, got {names}")
    if {"all", "original"} & set(names):
        raise ValueError(f"'all' and 'original' are taken, got {names}")
    for method in methods:
        if not method.frames:
            raise ValueError(f"{method.name} has no frames")
        for pixels in (method.start, *(frame.pixels for frame in method.frames)):
            if pixels is not None and pixels.shape != original.shape:
                raise ValueError(f"{method.name} has a picture of {pixels.shape}, the original has {original.shape}")
        for frame in method.frames:
            if frame.error is not None and frame.error.shape != original.shape[:2]:
                raise ValueError(f"{method.name} has an error map of {frame.error.shape} for {original.shape}")


def is_live(original: np.ndarray, methods: Sequence[Method]) -> bool:
    """Whether all stages go to the browser at once, so that dragging needs no server."""
    return fits_live(original.shape[0], original.shape[1], [len(method.frames) for method in methods])


def fits_live(height: int, width: int, frames: Sequence[int]) -> bool:
    """The same, before there are pictures. frames: how many each method has."""
    return height * width * (1 + sum(count + 1 for count in frames)) <= LIVE_PIXELS


@dataclass(frozen=True, eq=False)
class Payload:
    """A message, and the files that it names: they can be fetched as long as somebody holds them."""

    message: bytes
    files: tuple[PictureFile, ...]


def build_payload(
    original: np.ndarray, methods: Sequence[Method], *, stage: int, current: int, settings: dict[str, object]
) -> Payload:
    """The message for the browser and its files.

    `current` is the stage whose pictures are named when the whole set is too large for a browser. `settings` are further
    header fields. Equal input gives equal bytes, so that Streamlit sends only a reference when nothing changed.
    """
    live = is_live(original, methods)
    stages = max(len(method.frames) for method in methods)
    made: list[np.ndarray | None] = [original]
    for k in range(1, stages + 1) if live else [current]:
        shown = [method.at(k) for method in methods]
        made += [frame.pixels for frame in shown] + [frame.error for frame in shown]
    if live:
        made += [method.start for method in methods]
    by_array = _files([array for array in made if array is not None])

    def name_of(array: np.ndarray | None) -> str | None:
        file = None if array is None else by_array.get(id(array))
        return file.name if file else None

    ceiling = max((file.ceiling for file in by_array.values()), default=0.0)
    header = {
        **settings,
        "stage": stage,
        "stages": stages,
        "live": live,
        "height": original.shape[0],
        "width": original.shape[1],
        "original": name_of(original),
        "errorMax": next((step for step in ERROR_STEPS if step >= ceiling - 1e-6), 1.0),
        "methods": [_method_fields(method, name_of) for method in methods],
        "folder": path_of(ADDRESS),
    }
    header["digest"] = hashlib.blake2b(json.dumps(header).encode(), digest_size=12).hexdigest()
    return Payload(pack("VIEW", header), tuple({file.name: file for file in by_array.values()}.values()))


def _method_fields(method: Method, name_of: Callable[[np.ndarray | None], str | None]) -> dict[str, object]:
    """What the browser hears of a method. name_of: the name of a picture's file, None while there is no picture."""
    return {
        "name": method.name,
        "label": method.label,
        "light": method.color_light,
        "dark": method.color_dark,
        "marker": method.marker,
        "start": name_of(method.start),
        "frames": [
            {
                "scores": frame.scores,
                "rate": frame.rate,
                "stages": frame.stages,
                "picture": name_of(frame.pixels),
                "error": name_of(frame.error),
            }
            for frame in method.frames
        ],
    }


def _files(arrays: Sequence[np.ndarray]) -> dict[int, PictureFile]:
    """The file of each picture and error map by the array's id, in order; those that are not known made at once."""
    found = {id(array): known_file(array) for array in arrays}
    missing = list({id(array): array for array in arrays if found[id(array)] is None}.values())
    if missing:
        with turns().turn(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            # Pillow releases the interpreter while it encodes
            encoded = pool.map(lambda a: encode_picture(a) if a.ndim == 3 else encode_error(a), missing)
            found |= zip(map(id, missing), encoded, strict=True)
    return {number: file for number, file in found.items() if file is not None}

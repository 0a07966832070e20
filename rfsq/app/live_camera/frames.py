"""A message with a frame, and its answer. What comes from a browser is checked as an upload is, by the same door.

Both are messages of `rfsq.app.shared.browser.envelope`. To the server: kind FRAM, header {"number", "models", "stages"}, body
a picture file. Back: kind LIVE, header {"number", "side", "models": [{"name", "psnr", "left", "bits", "bpp", "sideBytes",
"length"}], "ms"}, body a JPEG for each model; WAIT with {"number", "models"} while one of them is made ready; FAIL with
{"number", "sentence"}.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from rfsq.app.live_camera.offered import is_offered
from rfsq.app.live_camera.ready import ReadyModels
from rfsq.app.shared.browser.envelope import pack, unpack
from rfsq.evidence.live_frames import live_pictures
from rfsq.machine.devices import synchronize
from rfsq.model.checkpoint import CheckpointError
from rfsq.model.config import MAX_STAGES
from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image
from rfsq.photos.write import encode_jpeg

MOST_BYTES: Final = 600_000  # of a message: a photographic PNG of the largest side, and far beyond any JPEG of it
MOST_SIDE: Final = 512  # pixels of a frame
MOST_MODELS: Final = 2
_MOST_HEADER: Final = 400  # bytes
_QUALITY: Final = 92  # of the JPEG that goes back, without subsampling of colours


@dataclass(frozen=True)
class Frame:
    """What a message asks for."""

    number: int  # the browser's own, which comes back with the answer
    models: tuple[str, ...]  # one or two, offered
    stages: int  # k, as asked for
    file: bytes  # of the picture, not looked at yet


def read_frame(message: bytes) -> Frame:
    """Raises ValueError with a sentence for a message that asks for nothing that the page offers."""
    if len(message) > MOST_BYTES:
        raise ValueError(f"A frame has at most {MOST_BYTES} bytes, this one has {len(message)}.")
    length = int.from_bytes(message[10:14], "little")
    if len(message) < 14 or length > _MOST_HEADER:
        raise ValueError("This is no frame.")
    try:
        kind, header, file = unpack(message)
    except ValueError as error:
        raise ValueError("This is no frame.") from error
    if kind != "FRAM" or not isinstance(header, dict):
        raise ValueError("This is no frame.")
    number, models, stages = (header.get(key) for key in ("number", "models", "stages"))
    if type(number) is not int or not 0 <= number < 2**53 or type(stages) is not int or not 1 <= stages <= MAX_STAGES:
        raise ValueError("The frame has no number, or no count of stages.")
    if not isinstance(models, list) or not 1 <= len(models) <= MOST_MODELS or len(set(map(str, models))) < len(models):
        raise ValueError(f"A frame goes through one model or {MOST_MODELS} different ones.")
    if not all(isinstance(name, str) and is_offered(name) for name in models):
        raise ValueError("The frame asks for a model that is not offered here.")
    return Frame(number, tuple(models), stages, file)


def refusal(number: int | None, sentence: str) -> bytes:
    """The message that says why there is no picture."""
    return pack("FAIL", {"number": number, "sentence": sentence})


def answer(frame: Frame, ready: ReadyModels) -> bytes:
    """The message that goes back. Raises ValueError with a sentence where the file is no picture of a size that is taken."""
    started = time.perf_counter()
    try:
        pixels = read_image(frame.file, max_pixels=MOST_SIDE**2)
    except ImageError as error:
        raise ValueError(str(error)) from error
    if max(pixels.shape[:2]) > MOST_SIDE:
        raise ValueError(f"A frame has at most {MOST_SIDE} pixels a side.")
    try:
        found = {name: ready.find(name) for name in frame.models}
    except CheckpointError as error:  # no fault of the frame
        return refusal(frame.number, str(error))
    models = [model for model in found.values() if model is not None]
    if len(models) < len(found):
        missing = [name for name, model in found.items() if model is None]
        return pack("WAIT", {"number": frame.number, "models": missing})
    pictures = live_pictures(pixels, models, frame.stages, ready.device)
    files = [encode_jpeg(picture.pixels, _QUALITY) for picture in pictures]
    synchronize(ready.device)
    header = {
        "number": frame.number,
        "models": [
            {
                "name": name,
                "psnr": round(min(picture.psnr_db, 99.0), 2),  # of equal pictures it is infinite, which JSON has not
                "left": [float(f"{share:.3g}") for share in picture.left],
                "bits": picture.rate.bits_per_token,
                "bpp": picture.rate.bpp,
                "sideBytes": picture.rate.side_bytes,
                "length": len(file),
            }
            for name, picture, file in zip(frame.models, pictures, files, strict=True)
        ],
        "ms": round(1e3 * (time.perf_counter() - started), 1),
    }
    return pack("LIVE", header, *files)

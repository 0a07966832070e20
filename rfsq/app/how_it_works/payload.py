"""What the browser gets: the paths of all tokens, so that moving the token asks nobody.

Two messages (see shared/browser/envelope.py). One is the same for every conditioning and travels once: the photo, its
latents, and what each conditioning misses of them ("LATE"). The other is the way through one model ("PATH"); it names the
first by its digest. The body of each is its arrays, deflated together, and then its picture files.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from rfsq.app.how_it_works.derived import derived, derived_start, is_close
from rfsq.app.how_it_works.models import own_of, shares_network, with_stack
from rfsq.app.how_it_works.paths import PhotoPath
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.browser.envelope import pack
from rfsq.app.shared.own_quantizers import fit_words, known_fit
from rfsq.app.shared.reconstructions import result_key
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.app.viewer.pictures import encode_picture
from rfsq.model.config import ModelConfig
from rfsq.model.token_path import StagePath
from rfsq.quantizers.conditioning import described
from rfsq.style.palette import label_of, short_label_of, style_of

THOUSANDTHS: Final = 1000  # of what is only shown, with three decimals
SIDE_BITS: Final = 16  # of a number of the side information, see rfsq.model.rate
SYMBOLS: Final[dict[str, tuple[str, str]]] = {  # colours of the code's names, on the light and the dark page
    "residual": ("#0B4F9C", "#7FB0F5"),
    "conditioned": ("#7A3FB8", "#C9A2FF"),
    "bounded": ("#00707A", "#5FD0D8"),
    "digits": ("#5F6469", "#A1A6AD"),
    "codes": ("#8A5200", "#F0B04A"),
    "step": ("#1E7A3C", "#7CD992"),
    "remainder": ("#B3261E", "#FF9A8F"),
    "quantized": ("#1A1F26", "#E6E9EE"),
}


@dataclass(frozen=True, eq=False)
class Packed:
    """Arrays and picture files on their way to the browser."""

    header: Mapping[str, Any]  # "arrays": name, type and shape of each; "deflated": their bytes; "pictures": the files'
    body: bytes

    @cached_property
    def digest(self) -> str:
        return hashlib.blake2b(repr(self.header).encode() + self.body, digest_size=12).hexdigest()


def pack_latents(found: PhotoPath, pixels: np.ndarray) -> Packed:
    """What does not depend on the conditioning. pixels: (H, W, 3) uint8, the photo that was traced."""
    arrays: list[tuple[str, np.ndarray, dict[str, float]]] = [("latents", found.path.latents.astype("<f4"), {})]
    for name, left in found.beside.items():
        for k, values in enumerate(left):
            overall = {"rms": float(np.sqrt(np.square(values, dtype=np.float64).mean()))}
            arrays.append((f"{name}-missing{k}", *_thousandths(values, overall)))
    return _packed(arrays, [pixels])


def pack_path(found: PhotoPath) -> Packed:
    """The way through the model: what the stages chose, and what does not follow from that."""
    path = found.path
    arrays: list[tuple[str, np.ndarray, dict[str, float]]] = []
    residual = derived_start(path)
    if not is_close(residual, path.start):
        arrays.append(("start", path.start.astype("<f4"), {}))
        residual = path.start.astype(np.float64)
    for number, stage in enumerate(path.stages):
        arrays.append((f"indices{number}", _whole(stage.indices, stage.codebook_size), {}))
        if stage.digits is not None:
            arrays.append((f"digits{number}", _whole(stage.digits, max(stage.levels)), {}))
        follows = derived(stage, residual)
        for name in ("codes", "conditioned", "bounded", "step", "remainder"):
            true = getattr(stage, name)
            if name not in follows or not is_close(follows[name], true):
                arrays.append((f"{name}{number}", true.astype("<f4"), {}))
                follows[name] = true.astype(np.float64)
        residual = follows["remainder"]
    return _packed(arrays, path.pictures)


def packed_latents(working: WorkingPhoto, found: PhotoPath) -> Packed:
    """What `pack_latents` makes of the photo's way, once for all models around a network with equally many levels and stages."""
    name = found.config.name
    like = with_stack(name, conditioning="none") if found.beside else name
    key = result_key(working, like, "token latents")
    return store().get(key, lambda: pack_latents(found, working.pixels), lambda packed: len(packed.body))


def packed_path(working: WorkingPhoto, found: PhotoPath) -> Packed:
    """What `pack_path` makes of the photo's way, once."""
    key = result_key(working, found.config.name, "token path")
    return store().get(key, lambda: pack_path(found), lambda packed: len(packed.body))


def latents_payload(latents: Packed) -> bytes:
    """The message that travels once. Equal input gives equal bytes."""
    return pack("LATE", {**latents.header, "digest": latents.digest}, latents.body)


def token_payload(
    found: PhotoPath,
    way: Packed,
    latents: str,
    place: TokenSettings,
    known: TokenSettings | None = None,
    *,
    size: tuple[int, int],
    step: str,
    photo_key: str,
    command: int,
    session: str = "",
) -> bytes:
    """The message about one model. Equal input gives equal bytes.

    way: what `pack_path` made of `found`; latents: the digest of what `pack_latents` made. place: where the browser shall
    stand; known: where it stood when a step was taken, so that what was chosen since stays; size: height and width of the photo; step: the guided step that is open. The header's "pictures" are those after
    0 … S stages.
    """
    path, config = found.path, found.config
    style = style_of(config.name)
    header = {
        **way.header,
        "late": latents,
        "command": command,
        "session": session,
        "photo": photo_key,
        "model": config.name,
        "label": label_of(config.name),
        "short": short_label_of(config.name),
        "light": style.light,
        "dark": style.dark,
        "kind": "own" if own_of(config.name) else config.kind,
        "conditioning": config.conditioning or "none",
        "factor": config.stride,
        "state": _state(place),
        "known": None if known is None else _state(known),
        "step": step,
        "told": _told(config),
        "same": shares_network(config.name),
        "beside": [_look(name) for name in found.beside],
        "grid": path.grid,
        "size": size,
        "channels": len(path.latents),
        "cells": path.cells,
        "symbols": SYMBOLS,
        "sideBits": SIDE_BITS,
        "stages": [_stage(stage, len(path.latents)) for stage in path.stages],
    }
    return pack("PATH", header, way.body)


def _state(place: TokenSettings) -> dict[str, int]:
    return {"row": place.row, "column": place.column, "stage": place.stage, "channel": place.channel}


def _packed(arrays: Sequence[tuple[str, np.ndarray, dict[str, float]]], pictures: Sequence[np.ndarray]) -> Packed:
    numbers = zlib.compress(b"".join(np.ascontiguousarray(array).tobytes() for _, array, _ in arrays), level=4)
    files = [encode_picture(picture, small=True).data for picture in pictures]
    entries = [
        {"name": name, "type": array.dtype.str[1:], "shape": array.shape, **more} for name, array, more in arrays
    ]
    header = {"arrays": entries, "deflated": len(numbers), "pictures": [len(file) for file in files]}
    return Packed(header, b"".join([numbers, *files]))


def _thousandths(values: np.ndarray, more: dict[str, float]) -> tuple[np.ndarray, dict[str, float]]:
    """What is only shown, in whole thousandths; as it is where they are too many."""
    whole = np.rint(values * THOUSANDTHS)
    if np.abs(whole).max(initial=0.0) > np.iinfo(np.int16).max:
        return values.astype("<f4"), more
    return whole.astype("<i2"), {**more, "parts": THOUSANDTHS}


def _whole(values: np.ndarray, count: int) -> np.ndarray:
    """Numbers below `count` in as few bytes as hold them; exact: a codebook has fewer than 2^53 codes."""
    return values.astype("<u1" if count <= 2**8 else "<u2" if count <= 2**16 else "<f8")


def _told(config: ModelConfig) -> str:
    """What is done to the remainder before rounding, or how an own quantizer was fitted; empty where nothing can be done."""
    if (fitted := known_fit(config.name)) is not None:
        return f"{label_of(config.name)}: {fit_words(fitted)}"
    return described(config.conditioning or "none") if config.num_stages > 1 or config.conditioning else ""


def _look(conditioning: str) -> dict[str, str]:
    style = style_of(conditioning)
    return {"name": conditioning, "glyph": style.glyph, "light": style.light, "dark": style.dark}


def _stage(stage: StagePath, channels: int) -> dict[str, object]:
    """One stage's facts. The levels are sent as the ends of a straight line: level i of L is low + i·(high − low)/(L − 1)."""
    ends = [stage.undone_levels(channel)[[0, -1]].tolist() for channel in range(channels)] if stage.levels else []
    return {
        "levels": stage.levels,
        "ends": ends,
        "line": stage.line.astype(np.float64).tolist(),
        "statistics": stage.statistics,
        "codebook": stage.codebook_size,
        "bits": stage.bits,
        "side": stage.side_values,
        "bound": stage.bound,
    }

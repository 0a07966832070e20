"""What the browser gets: the paths of all tokens as one message, so that moving the token asks nobody."""

from __future__ import annotations

from typing import Final

import numpy as np

from rfsq.app.how_it_works.models import stack_of
from rfsq.app.how_it_works.paths import PhotoPath
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.browser.envelope import pack
from rfsq.app.viewer.pictures import encode_picture
from rfsq.model.token_path import StagePath
from rfsq.quantizers.conditioning import described
from rfsq.style.palette import label_of, short_label_of, style_of

STAGE_ARRAYS: Final = ("conditioned", "bounded", "codes", "step", "remainder")
SIDE_BITS: Final = 16  # of a number of the side information, see rfsq.rate
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


def token_payload(
    found: PhotoPath, pixels: np.ndarray, place: TokenSettings, *, step: str, photo_key: str, command: int
) -> bytes:
    """The message (see shared/browser/envelope.py). Its body are the arrays that the header names and the picture files.

    pixels: (H, W, 3) uint8, the photo that was traced; place: where the browser shall stand; step: the guided step that is
    open. The header's "arrays" give name, type and shape in their order,
    "pictures" the lengths of the files: the photo, then the pictures after 0 … S stages. Equal input gives equal bytes.
    """
    path, config = found.path, found.config
    arrays: list[tuple[str, np.ndarray]] = [
        ("latents", path.latents.astype("<f4")),
        ("start", path.start.astype("<f4")),
    ]
    for number, stage in enumerate(path.stages):
        arrays += [(f"{name}{number}", getattr(stage, name).astype("<f4")) for name in STAGE_ARRAYS]
        arrays.append((f"indices{number}", stage.indices.astype("<f8")))  # exact: a codebook has fewer than 2^53 codes
        if stage.digits is not None:
            arrays.append((f"digits{number}", stage.digits.astype("<u2")))
    for name, left in found.beside.items():
        arrays += [(f"{name}-missing{k}", values.astype("<f4")) for k, values in enumerate(left)]
    files = [encode_picture(picture).data for picture in (pixels, *path.pictures)]
    style = style_of(config.name)
    header = {
        "command": command,
        "photo": photo_key,
        "model": config.name,
        "label": label_of(config.name),
        "short": short_label_of(config.name),
        "light": style.light,
        "dark": style.dark,
        "kind": config.kind,
        "conditioning": config.conditioning or "none",
        "factor": config.stride,
        "state": {"row": place.row, "column": place.column, "stage": place.stage, "channel": place.channel},
        "step": step,
        "told": described(config.conditioning or "none") if config.num_stages > 1 or config.conditioning else "",
        "same": stack_of(config.name) is not None,
        "beside": [_look(name) for name in found.beside],
        "grid": path.grid,
        "size": pixels.shape[:2],
        "channels": len(path.latents),
        "symbols": SYMBOLS,
        "sideBits": SIDE_BITS,
        "stages": [_stage(stage, len(path.latents)) for stage in path.stages],
        "arrays": [{"name": name, "type": array.dtype.str[1:], "shape": array.shape} for name, array in arrays],
        "pictures": [len(file) for file in files],
    }
    body = [np.ascontiguousarray(array).tobytes() for _, array in arrays]
    return pack("PATH", header, *body, *files)


def _look(conditioning: str) -> dict[str, str]:
    style = style_of(conditioning)
    return {"name": conditioning, "glyph": style.glyph, "light": style.light, "dark": style.dark}


def _stage(stage: StagePath, channels: int) -> dict[str, object]:
    """One stage's facts. The levels are sent as the ends of a straight line: level i of L is low + i·(high − low)/(L − 1)."""
    ends = [stage.undone_levels(channel)[[0, -1]].tolist() for channel in range(channels)] if stage.levels else []
    return {
        "levels": stage.levels,
        "ends": ends,
        "statistics": stage.statistics,
        "codebook": stage.codebook_size,
        "bits": stage.bits,
        "side": stage.side_values,
        "bound": stage.bound,
    }

"""The state of the page "How it works" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from rfsq.app.shared.link_reader import VERSION, LinkReader
from rfsq.app.shared.working_photo import FIRST_PHOTO, OWN_PHOTO
from rfsq.model.zoo import ZOO
from rfsq.quantizers import TRAINED_CONDITIONINGS

FAMILY: Final = {  # the model of each conditioning, all alike in everything else
    conditioning: f"rfsq-4x1024-{conditioning}" for conditioning in TRAINED_CONDITIONINGS
}
QUANTIZED: Final = tuple(name for name, config in ZOO.items() if config.quantized)
SIDE: Final = 256  # pixels: the longer side of the copy that the page works on, at most
_MOST: Final = 9_999  # row and column of a link; where the photo ends is only known with the photo
_MAX_STAGES: Final = max(ZOO[name].num_stages for name in QUANTIZED)
_MAX_CHANNELS: Final = max(ZOO[name].dim for name in QUANTIZED)


@dataclass(frozen=True)
class TokenSettings:
    """Every choice of the page. The defaults are the first view: a token on an edge, stage 1 open."""

    photo: str = FIRST_PHOTO
    model: str = FAMILY["layernorm"]
    row: int = -1  # of the token; −1: the one on the strongest edge
    column: int = -1
    stage: int = 1  # the open one
    channel: int = 0  # the one whose arithmetic is written out


def write_token_link(settings: TokenSettings) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            "photo": settings.photo,
            "model": settings.model,
            "row": settings.row,
            "column": settings.column,
            "stage": settings.stage,
            "channel": settings.channel,
        }
    )


def read_token_link(values: Mapping[str, str], *, photos: Collection[str]) -> tuple[TokenSettings, tuple[str, ...]]:
    """Settings from the parameters of a link, and a sentence for each value that had to be replaced.

    photos: names of the examples. A place outside of the photo is found by `inside`, once the photo is known.
    """
    reader, first = LinkReader(values), TokenSettings()
    reader.check_version()
    photo = first.photo
    if values.get("photo") == OWN_PHOTO:
        reader.say("The sender's own photo is not in a link. Showing an example instead.")
    else:
        photo = reader.choice("photo", photos, photo, "There is no example photo")
    settings = TokenSettings(
        photo=photo,
        model=reader.choice("model", QUANTIZED, first.model, "There is no quantized model"),
        row=reader.whole("row", 0, _MOST, 0, "as the token's row") if "row" in values else first.row,
        column=reader.whole("column", 0, _MOST, 0, "as the token's column") if "column" in values else first.column,
        stage=reader.whole("stage", 1, _MAX_STAGES, first.stage, "as the open stage"),
        channel=reader.whole("channel", 0, _MAX_CHANNELS - 1, first.channel, "as the channel"),
    )
    return settings, tuple(reader.notes)


def inside(
    settings: TokenSettings, *, grid: tuple[int, int], edge: tuple[int, int], stages: int, channels: int
) -> tuple[TokenSettings, tuple[str, ...]]:
    """The settings with the token, stage and channel on this photo and model, and a sentence for each that moved.

    grid: rows and columns of tokens; edge: where the token stands when nobody has chosen one.
    """
    notes = []
    row, column = settings.row, settings.column
    if row < 0 or column < 0:
        row, column = edge
    elif row >= grid[0] or column >= grid[1]:
        row, column = min(row, grid[0] - 1), min(column, grid[1] - 1)
        notes.append(
            f"This photo has {grid[0]} × {grid[1]} tokens, none in row {settings.row}, column {settings.column}. "
            f"Showing row {row}, column {column}."
        )
    if settings.stage > stages:
        notes.append(f"This model has {stages} stages, so there is no stage {settings.stage}. Showing stage {stages}.")
    stage, channel = min(settings.stage, stages), min(settings.channel, channels - 1)
    return replace(settings, row=row, column=column, stage=stage, channel=channel), tuple(notes)

"""The state of the page "How it works" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.working_photo import FIRST_PHOTO
from rfsq.model.zoo import ZOO
from rfsq.quantizers import TRAINED_CONDITIONINGS
from rfsq.style.palette import label_of

FAMILY: Final = {  # the model of each conditioning, all alike in everything else
    conditioning: f"rfsq-4x1024-{conditioning}" for conditioning in TRAINED_CONDITIONINGS
}
QUANTIZED: Final = tuple(name for name, config in ZOO.items() if config.quantized)
SIDE: Final = 256  # pixels: the longer side of the copy that the page works on, at most
_MOST: Final = 9_999  # row and column of a link; where the photo ends is only known with the photo


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


def read_token_link(
    values: LinkValues, *, photos: Collection[str], available: Collection[str]
) -> tuple[TokenSettings, LinkReader]:
    """Settings from the parameters of a link, and the reader that has noted what had to be replaced.

    photos, available: names of the examples and of the models of this machine. A place outside of the photo is found by
    `inside`, once the photo is known.
    """
    reader, first = LinkReader(values), TokenSettings()
    reader.check_version()
    photo = reader.photo(photos, first.photo)
    here = {name: label_of(name) for name in QUANTIZED if name in available} or {first.model: label_of(first.model)}
    default = first.model if first.model in here else next(iter(here))
    model = reader.choice("model", here, default, "There is no model")
    stages = ZOO[model].num_stages
    settings = TokenSettings(
        photo=photo,
        model=model,
        row=_place(reader, "row"),
        column=_place(reader, "column"),
        stage=reader.whole("stage", 1, stages, first.stage, "as the open stage", f", this model has {stages}"),
        channel=reader.whole("channel", 0, ZOO[model].dim - 1, first.channel, "as the channel"),
    )
    return settings, reader


def _place(reader: LinkReader, key: str) -> int:
    """A row or column of tokens, −1 for that of the strongest edge."""
    on_edge = f"the {key} of the strongest edge"
    return reader.whole(key, 0, _MOST, -1, f"as the token's {key}", ", which is outside of every photo", on_edge)


def inside(
    settings: TokenSettings,
    reader: LinkReader,
    *,
    grid: tuple[int, int],
    edge: tuple[int, int],
    stages: int,
    channels: int,
) -> TokenSettings:
    """The settings with the token, stage and channel on this photo and model; the reader notes each that moved.

    grid: rows and columns of tokens; edge: where the token stands when nobody has chosen one.
    """
    place = []
    for key, asked, count, on_edge in zip(("row", "column"), (settings.row, settings.column), grid, edge, strict=True):
        place.append(on_edge if asked < 0 else min(asked, count - 1))
        if asked >= count:
            reader.say(
                key, f"There is no {key} {asked}: this photo has {count} of them.", f"Showing {key} {place[-1]}."
            )
    if settings.stage > stages:
        fault = f"This model has {stages} stages, so there is no stage {settings.stage}."
        reader.say("stage", fault, f"Showing stage {stages}.")
    stage, channel = min(settings.stage, stages), min(settings.channel, channels - 1)
    return replace(settings, row=place[0], column=place[1], stage=stage, channel=channel)

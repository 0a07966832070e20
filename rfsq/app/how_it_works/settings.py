"""The state of the page "How it works" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from rfsq.app.how_it_works.models import FIRST_STACK, NETWORK, first_model, models_here
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues, quoted
from rfsq.app.shared.own_models import config_of, stage_count
from rfsq.app.shared.own_quantizers import known_fit, parse_own_name
from rfsq.app.shared.working_photo import FIRST_PHOTO
from rfsq.model.config import MAX_STAGES

SIDE: Final = 256  # pixels: the longer side of the copy that the page works on, at most
_MOST: Final = 9_999  # row and column of a link; where the photo ends is only known with the photo


@dataclass(frozen=True)
class TokenSettings:
    """Every choice of the page. The defaults are the first view: a token on an edge, stage 1 open."""

    photo: str = FIRST_PHOTO
    model: str = FIRST_STACK.name_on(NETWORK)
    row: int = -1  # of the token; −1: the one on the strongest edge
    column: int = -1
    stage: int = 1  # the open one
    channel: int = -1  # the one whose arithmetic is written out; −1: the one that shows most
    step: str = ""  # the guided step that is being followed


def write_token_link(settings: TokenSettings) -> str:
    """All values and the version as a query string without "?"; a token and a channel that nobody chose stay open."""
    values: dict[str, str | int] = {"v": VERSION, "photo": settings.photo, "model": settings.model}
    if min(settings.row, settings.column) >= 0:
        values |= {"row": settings.row, "column": settings.column}
    values["stage"] = settings.stage
    if settings.channel >= 0:
        values["channel"] = settings.channel
    if settings.step:
        values["step"] = settings.step
    return urlencode(values)


def read_token_link(
    values: LinkValues, *, photos: Collection[str], available: Collection[str], steps: Mapping[str, Collection[str]]
) -> tuple[TokenSettings, LinkReader]:
    """Settings from the parameters of a link, and the reader that has noted what had to be replaced.

    photos, available: names of the examples and of the models of this machine; steps: the models that each guided step
    is about. A place outside of the photo is found by `inside`, once the photo is known.
    """
    reader, first = LinkReader(values), TokenSettings()
    reader.check_version()
    photo = reader.photo(photos, first.photo)
    model = reader.choice("model", models_here(available), first_model(available), "There is no model")
    stages, channels = _most_stages(model), config_of(model).dim
    settings = TokenSettings(
        photo=photo,
        model=model,
        row=_place(reader, "row"),
        column=_place(reader, "column"),
        stage=reader.whole("stage", 1, stages, first.stage, "as the open stage", f", this model has {stages}"),
        channel=_channel(reader, channels),
        step=_step(reader, model, steps),
    )
    return settings, reader


def _most_stages(model: str) -> int:
    """How many stages a model has at most: of an own quantizer nobody knows before it is fitted."""
    return MAX_STAGES if parse_own_name(model) and known_fit(model) is None else stage_count(model)


def _channel(reader: LinkReader, channels: int) -> int:
    """The channel, which a link counts from 0; −1 for the one that shows most."""
    limit = f", counted from 0, this model has 0 to {channels - 1}"
    return reader.whole("channel", 0, channels - 1, -1, "as the channel", limit, "the one that shows most")


def _step(reader: LinkReader, model: str, steps: Mapping[str, Collection[str]]) -> str:
    """The guided step, if there is one of that name that this model can show."""
    name = reader.choice("step", ("", *steps), "", "There is no guided step")
    if not name or model in steps[name]:
        return name
    reader.say("step", f"The guided step “{quoted(name)}” of the link is not about its model.", "It is left out.")
    return ""


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

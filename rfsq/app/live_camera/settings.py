"""The state of the page "Live camera" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from rfsq.app.live_camera.offered import MODES, Mode, offer
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.working_photo import FIRST_PHOTO
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES

VIEWS: Final = {"side": "side by side", "divider": "a divider"}
SOURCES: Final = {"camera": "the camera", "picture": "a moving picture"}


@dataclass(frozen=True)
class LiveSettings:
    """Every choice of the page. The defaults are the first view."""

    mode: Mode = "network"
    conditioning: str = "layernorm"
    pair: bool = False  # "none" stands beside it
    stages: int = 4  # k
    levels: int = 2  # of each channel of a stack around the network,
    depth: int = 4  # and its stages
    view: str = "side"  # key of VIEWS
    mirror: bool = True  # the camera's picture, as in a mirror
    source: str = "picture"  # key of SOURCES


def write_live_link(settings: LiveSettings, photo: str) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            "photo": photo,
            "mode": settings.mode,
            "conditioning": settings.conditioning,
            "pair": int(settings.pair),
            "stages": settings.stages,
            "levels": settings.levels,
            "depth": settings.depth,
            "view": settings.view,
            "mirror": int(settings.mirror),
            "source": settings.source,
        }
    )


def read_live_link(
    values: LinkValues, *, photos: Collection[str], modes: Collection[Mode]
) -> tuple[LiveSettings, str, tuple[str, ...]]:
    """Settings, the photo's name, and a sentence for each value that had to be replaced. `modes`: those that this machine
    has the models for, at least one."""
    reader, first = LinkReader(values), LiveSettings()
    reader.check_version()
    photo = reader.photo(photos, FIRST_PHOTO)
    here: dict[Mode, str] = {mode: words for mode, words in MODES.items() if mode in modes}
    usual = first.mode if first.mode in here else next(iter(here))
    found = reader.choice("mode", here, usual, "There is no mode")
    mode: Mode = next(name for name in here if name == found)
    depth = reader.whole("depth", 1, OFFERED_STAGES, first.depth, "stages of the stack")
    levels = {str(count): str(count) for count in OFFERED_LEVELS}
    chosen = int(reader.choice("levels", levels, str(first.levels), "There is no number of levels"))
    offered = offer(mode, chosen, depth)
    settings = LiveSettings(
        mode=mode,
        conditioning=reader.choice("conditioning", list(offered.names), first.conditioning, "There is no conditioning"),
        pair=reader.switch("pair", first.pair, "none beside it"),
        stages=reader.whole("stages", 1, offered.stages, offered.stages, "stages", f", there are {offered.stages}"),
        levels=chosen,
        depth=depth,
        view=reader.choice("view", VIEWS, first.view, "There is no view"),
        mirror=reader.switch("mirror", first.mirror, "the mirror"),
        source=reader.choice("source", SOURCES, first.source, "There is no source"),
    )
    return settings, photo, reader.notes


def with_report(settings: LiveSettings, said: Mapping[str, object], modes: Collection[Mode]) -> LiveSettings:
    """The settings with what the browser says was chosen there. It comes from outside: what cannot be is left as it was."""
    mode = next((mode for mode in modes if mode == said.get("mode")), settings.mode)
    offered = offer(mode, settings.levels, settings.depth)
    stages = said.get("stages")
    return replace(
        settings,
        mode=mode,
        conditioning=_word(said, "conditioning", offered.names, settings.conditioning),
        pair=said.get("pair") is True,
        stages=stages if type(stages) is int and 1 <= stages <= offered.stages else settings.stages,
        view=_word(said, "view", VIEWS, settings.view),
        mirror=said.get("mirror") is True,
        source=_word(said, "source", SOURCES, settings.source),
    )


def _word(said: Mapping[str, object], key: str, allowed: Collection[str], otherwise: str) -> str:
    word = said.get(key)
    return word if isinstance(word, str) and word in allowed else otherwise

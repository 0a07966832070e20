"""Links that restore a view of the Compare page."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from rfsq.app.compare.choice import OURS, choose, strategies_of
from rfsq.app.compare.settings import BASES, EVERY, FAMILIES, MAX_SHOWN, PRESETS, VIEWS, Settings
from rfsq.app.compare.stacks import OPENING, networks, stack_strategies
from rfsq.app.shared.link_reader import VERSION, LinkReader, quoted
from rfsq.app.shared.working_photo import OWN_PHOTO, SIZES
from rfsq.machine.devices import DEVICE_NAMES
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES
from rfsq.model.zoo import ZOO


def write_link(settings: Settings) -> str:
    """All values and the version as a query string without "?". `stages` should be a count that the models have."""
    values = {
        "v": VERSION,
        "photo": settings.photo,
        "size": settings.size,
        "preset": settings.preset,
        "family": settings.family,
        "conditioning": settings.strategy,
        "stages": settings.stages,
        "view": settings.view,
        "models": ",".join(name for name in settings.models if name in ZOO),  # a viewer's own stay with the viewer
        "device": settings.device,
        "network": settings.network,
        "base": settings.base,
        "levels": settings.levels,
        "depth": settings.depth,
        "single": int(settings.single),
        "scale": "raw" if settings.raw else "relative",
    }
    return urlencode(values)


def read_link(
    values: Mapping[str, str], *, photos: Collection[str], available: Collection[str], devices: Collection[str]
) -> tuple[Settings, tuple[str, ...]]:
    """Settings from the parameters of a link, and a sentence for each value that had to be replaced.

    photos, available, devices: names of the examples, of the models and of the devices of this machine. Missing
    parameters get their defaults without a word; parameters of others (such as a page's own) are left alone.
    """
    reader = LinkReader(values)
    reader.check_version()
    first = opening_settings(available)
    photo = first.photo
    if values.get("photo") == OWN_PHOTO:
        reader.say("The sender's own photo is not in a link. Showing an example instead.")
    else:
        photo = reader.choice("photo", photos, first.photo, "There is no example photo")
    settings = Settings(
        photo=photo,
        size=reader.choice("size", SIZES, first.size, "There is no working size"),
        preset=reader.choice("preset", PRESETS, first.preset, "There is no preset"),
        family=reader.choice("family", FAMILIES, first.family, "There is no size family"),
        view=reader.choice("view", VIEWS, first.view, "There is no view"),
        device=_device(reader, devices),
        network=reader.choice("network", networks(available) or (first.network,), first.network, "There is no network"),
        base=reader.choice("base", BASES, first.base, "There is no base quantizer"),
        levels=reader.whole("levels", OFFERED_LEVELS[0], OFFERED_LEVELS[-1], first.levels, "levels"),
        depth=reader.whole("depth", 1, OFFERED_STAGES, first.depth, "stages of the stack"),
        single=reader.choice("single", ("0", "1"), "0", "There is no choice") == "1",
        raw=reader.choice("scale", ("relative", "raw"), "relative", "The residual chart has no scale") == "raw",
        models=_models(reader, available),
    )
    known = {EVERY, *OURS, *stack_strategies(), *(s for family in FAMILIES for s in strategies_of(family))}
    default = first.strategy if settings.preset == first.preset else EVERY
    settings = replace(settings, strategy=reader.choice("conditioning", known, default, "There is no conditioning"))
    if settings.levels not in OFFERED_LEVELS:
        nearest = min(OFFERED_LEVELS, key=lambda levels: abs(levels - settings.levels))
        reader.say(f"The link asks for {settings.levels} levels, which is not offered. Showing {nearest}.")
        settings = replace(settings, levels=nearest)
    chosen = choose(settings, available)
    if chosen.strategies:
        if settings.strategy not in (chosen.strategy, EVERY):
            reader.say(f"These models have no conditioning {settings.strategy}. Showing {chosen.strategy}.")
        settings = replace(settings, strategy=chosen.strategy)
    most = chosen.stages if chosen.shown else first.stages
    return replace(settings, stages=_stages(reader, most)), tuple(reader.notes)


def opening_settings(available: Collection[str]) -> Settings:
    """The first view: stacks around one network, or trained models where nothing can be fitted."""
    return OPENING if OPENING.network in networks(available) else Settings()


def _device(reader: LinkReader, devices: Collection[str]) -> str:
    name = reader.choice("device", DEVICE_NAMES, "auto", "There is no device")
    if name == "auto" or name in devices:
        return name
    reader.say(f"The link asks for {name}, which this machine does not have. Using auto.")
    return "auto"


def _models(reader: LinkReader, available: Collection[str]) -> tuple[str, ...]:
    names = [name for name in reader.values.get("models", "").split(",") if name]
    known = list(dict.fromkeys(name for name in names if name in ZOO))
    if unknown := [name for name in names if name not in ZOO]:
        rest = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        reader.say(f"The link asks for models that do not exist: {quoted(unknown[0])}{rest}. They are left out.")
    if absent := [name for name in known if name not in available]:
        reader.say(f"{', '.join(absent[:MAX_SHOWN])}: no checkpoint on this machine, left out.")
    present = [name for name in known if name in available]
    if len(present) > MAX_SHOWN:
        reader.say(f"The link asks for {len(present)} models, the page shows the first {MAX_SHOWN}.")
    return tuple(present[:MAX_SHOWN])


def _stages(reader: LinkReader, most: int) -> int:
    """The stage count, between 1 and what the shown models have."""
    text = reader.values.get("stages")
    if text is None:
        return Settings().stages
    if not re.fullmatch(r"[0-9]{1,9}", text):
        reader.say(f"The link asks for “{quoted(text)}” stages, which is no count. Showing {most}.")
        return most
    asked = int(text)
    if asked < 1:
        reader.say(f"The link asks for {asked} stages; there is at least 1. Showing 1.")
        return 1
    if asked > most:
        reader.say(f"The link asks for {asked} stages, this model has {most}. Showing {most}.")
        return most
    return asked

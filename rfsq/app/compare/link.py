"""Links that restore a view of the Compare page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from rfsq.app.compare.choice import OURS, choose, strategies_of
from rfsq.app.compare.settings import (
    BASES,
    CHARTS,
    EQUAL,
    EVERY,
    FAMILIES,
    MAX_OWN,
    MAX_SHOWN,
    PRESETS,
    VIEWS,
    Settings,
)
from rfsq.app.compare.stacks import OPENING, networks, stack_strategies, why_not
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues, quoted
from rfsq.app.shared.working_photo import SIZES
from rfsq.app.viewer.place import Place, read_place
from rfsq.machine.devices import DEVICE_NAMES
from rfsq.model.config import MAX_STAGES
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES
from rfsq.model.zoo import ZOO
from rfsq.style.wording import listed


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
        "own": ",".join(settings.own),
        "equal": settings.equal,
        "reference": settings.reference,
        "scale": settings.chart,
    }
    return urlencode(values)


@dataclass(frozen=True)
class ReadLink:
    """What a link asks for, put right."""

    settings: Settings
    place: Place  # of the viewer
    notes: tuple[str, ...]  # one for each parameter that had to be replaced


def read_link(
    values: LinkValues,
    *,
    photos: Collection[str],
    available: Collection[str],
    devices: Collection[str],
    own: Collection[str] = (),
) -> ReadLink:
    """What the parameters of a link ask for.

    photos, available, devices: names of the examples, of the models and of the devices of this machine; own: of the
    quantizers that the process was started with, the only code that a link can ask for. Missing
    parameters get their defaults without a word; parameters of others (such as a page's own) are left alone.
    """
    reader = LinkReader(values)
    reader.check_version()
    first = opening_settings(available)
    settings = Settings(
        photo=reader.photo(photos, first.photo),
        size=reader.choice("size", SIZES, first.size, "There is no working size"),
        preset=reader.choice("preset", PRESETS, first.preset, "There is no preset"),
        family=reader.choice("family", FAMILIES, first.family, "There is no size family"),
        view=reader.choice("view", VIEWS, first.view, "There is no view"),
        device=_device(reader, devices),
        network=reader.choice("network", networks(available) or (first.network,), first.network, "There is no network"),
        base=reader.choice("base", BASES, first.base, "There is no base quantizer"),
        levels=_levels(reader, first.levels),
        depth=reader.whole("depth", 1, OFFERED_STAGES, first.depth, "stages of the stack"),
        single=reader.switch("single", first.single, "the single FSQ"),
        own=_own(reader, own),
        equal=reader.choice("equal", EQUAL, first.equal, "Pictures have no equal"),
        chart=reader.choice("scale", CHARTS, first.chart, "There is no chart"),
        models=_models(reader, available),
    )
    if settings.preset == "own" and not settings.models:
        reader.say("models", "The link names no model that is here.", f"Showing {PRESETS[first.preset]}.")
        settings = replace(settings, preset=first.preset)
    settings = _possible_stack(reader, settings)
    settings = _with_strategy(reader, settings, available, first.strategy if settings.preset == first.preset else EVERY)
    chosen = choose(settings, available)
    pictures = len(chosen.shown) or MAX_SHOWN
    settings = replace(settings, reference=reader.whole("reference", 1, pictures, first.reference, "pictures"))
    most = MAX_STAGES if chosen.own else chosen.stages if chosen.shown else first.stages
    stages = reader.whole("stages", 1, most, min(first.stages, most), "stages", f", this model has {most}")
    return ReadLink(replace(settings, stages=stages), read_place(reader, (*chosen.pictures, *chosen.own)), reader.notes)


def opening_settings(available: Collection[str]) -> Settings:
    """The first view: stacks around one network, or trained models where nothing can be fitted."""
    return OPENING if OPENING.network in networks(available) else Settings()


def _device(reader: LinkReader, devices: Collection[str]) -> str:
    name = reader.choice("device", DEVICE_NAMES, "auto", "There is no device")
    if name == "auto" or name in devices:
        return name
    reader.say("device", f"The link asks for {name}, which this machine does not have.", "Using auto.")
    return "auto"


def _levels(reader: LinkReader, default: int) -> int:
    """Levels of a stack: only some are offered."""
    asked = reader.whole("levels", OFFERED_LEVELS[0], OFFERED_LEVELS[-1], default, "levels")
    if asked in OFFERED_LEVELS:
        return asked
    nearest = min(OFFERED_LEVELS, key=lambda levels: abs(levels - asked))
    reader.say("levels", f"The link asks for {asked} levels, which is not offered.", f"Showing {nearest}.")
    return nearest


def _own(reader: LinkReader, keys: Collection[str]) -> tuple[str, ...]:
    """Quantizers that the process was started with."""
    chosen = reader.several("own", keys, "This app was started without the quantizer")
    if len(chosen) > MAX_OWN:
        reader.say("own", f"The link asks for {len(chosen)} own quantizers.", f"Showing the first {MAX_OWN}.")
    return chosen[:MAX_OWN]


def _possible_stack(reader: LinkReader, settings: Settings) -> Settings:
    """The settings with fewer levels where no stack has as many codes, and with FSQ where no LFQ is as wide."""
    if settings.preset != "network" or why_not(settings) is None:
        return settings
    for levels in reversed(OFFERED_LEVELS):
        fewer = replace(settings, levels=levels)
        if levels < settings.levels and why_not(fewer) is None:
            fault = f"The link asks for more codes a stage than {BASES[settings.base]} can have here."
            reader.say("levels", fault, f"Showing {levels} levels.")
            return fewer
    reader.say("base", f"This network is too wide for {BASES[settings.base]}.", f"Showing {BASES['fsq']}.")
    return replace(settings, base="fsq", levels=OFFERED_LEVELS[0])


def _with_strategy(reader: LinkReader, settings: Settings, available: Collection[str], default: str) -> Settings:
    """The settings with the conditioning that the link asks for, or one that the chosen models have."""
    known = {EVERY, *OURS, *stack_strategies(), *(s for family in FAMILIES for s in strategies_of(family))}
    settings = replace(settings, strategy=reader.choice("conditioning", known, default, "There is no conditioning"))
    chosen = choose(settings, available)
    if not chosen.strategies:
        return settings
    if settings.strategy not in (chosen.strategy, EVERY):
        fault = f"These models have no conditioning {settings.strategy}."
        reader.say("conditioning", fault, f"Showing {chosen.strategy}.")
    return replace(settings, strategy=chosen.strategy)


def _models(reader: LinkReader, available: Collection[str]) -> tuple[str, ...]:
    names = [name for name in (reader.text("models") or "").split(",") if name]
    known = list(dict.fromkeys(name for name in names if name in ZOO))
    present = [name for name in known if name in available]
    if unknown := [name for name in names if name not in ZOO]:
        rest = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        fault = f"The link asks for models that do not exist: {quoted(unknown[0])}{rest}."
        reader.say("models", fault, "They are left out.")
    if absent := [name for name in known if name not in available]:
        fault = f"{listed(absent[:MAX_SHOWN])}: no checkpoint on this machine."
        reader.say("models", fault, "What is not here is left out.")
    if len(present) > MAX_SHOWN:
        fault = f"The link asks for {len(present)} models."
        reader.say("models", fault, f"Showing the first {MAX_SHOWN} that are here.")
    return tuple(present[:MAX_SHOWN])

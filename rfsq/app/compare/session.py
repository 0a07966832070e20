"""What the Compare page remembers of a session: the values of its controls, and what no control holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

import streamlit as st

from rfsq.app.compare.choice import Choice, choose
from rfsq.app.compare.link import read_link
from rfsq.app.compare.rest import Rest, RunTime
from rfsq.app.compare.settings import EVERY, MAX_SHOWN, Settings
from rfsq.app.compare.stacks import why_not
from rfsq.app.shared.carried import carried_conditioning, carried_stack, carry_conditioning, carry_stack, open_photo
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.own_models import config_of, stage_count
from rfsq.app.shared.own_quantizers import own_keys
from rfsq.app.shared.photo_strip import photo_names
from rfsq.app.shared.replaced import Replaced
from rfsq.app.shared.slow_work import SlowWork
from rfsq.app.viewer import Place
from rfsq.machine.devices import available_devices
from rfsq.model.checkpoint import available_models
from rfsq.model.stack import StackSpec

# Keys of the controls. Streamlit keeps their values while the session lasts (`persist_state="session"`).
PRESET, FAMILY, SIZE, DEVICE, CHART, MODELS = "preset", "family", "size", "device", "chart", "models"
EQUAL_KEY, REFERENCE = "equal", "reference"
MODE, NETWORK, BASE, LEVELS, DEPTH, SINGLE = "mode", "network", "base", "levels", "depth", "single"
OWN = "own-quantizers"
_SESSION = "compare"
COMPARE_PAGE = "compare-page"  # where `rfsq.app.pages` leaves the page, for others to switch to
_TIMES_KEPT = 200


def strategy_key(preset: str) -> str:
    """The key of the conditioning control: each preset offers other strategies, and keeps its own choice."""
    return f"strategy-{preset}"


@dataclass
class CompareSession:
    """What no control holds."""

    opened: Settings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]  # a sentence for each value of the link that was replaced
    place: Place  # of the viewer, as the link says it
    stages: int  # both are moved in the viewer
    view: str
    shown: tuple[int, str] | None = None  # stages and view that the viewer was given last
    head: str = ""  # the preset that the title and the hint above the pictures are of
    started: float | None = None  # clock at the start of a run of the whole page
    rest: Rest | None = None  # what the view on screen needs beside its pictures
    by_itself: bool = False  # the page runs again because some of that is there, not because of a person
    runs: int = 0
    times: list[RunTime] = field(default_factory=list)  # of the latest runs
    work: SlowWork | None = None  # a large photo, as it is computed or was last
    models_opened: int = 0  # own models so far: each is taken by a fresh uploader
    model_problem: str = ""  # why the last one could not be opened
    replaced: Replaced = field(default_factory=lambda: Replaced("compare"))  # controls that others lead to values

    def log(self, time: RunTime) -> None:
        """A change is on screen, with its scores."""
        self.runs += 1
        self.times = [*self.times, time][-_TIMES_KEPT:]


def session() -> CompareSession:
    """This session's memory; at its start from the page's address."""
    found: CompareSession | None = st.session_state.get(_SESSION)
    if found is not None:
        return found
    link = read_link(
        link_values(),
        photos=photo_names(),
        available=available_models(),
        devices=available_devices(),
        own=own_keys(),
    )
    settings = link.settings
    open_photo(settings.photo)
    if "conditioning" in st.query_params and settings.strategy != EVERY:
        carry_conditioning(settings.strategy, strategy_key(settings.preset))
    if settings.preset == "network" and settings.base == "fsq" and {"levels", "depth"} & {*st.query_params}:
        carry_stack(settings.levels, settings.depth, _SESSION)
    return _begin(settings, link.notes, link.place)


def open_compare(models: Sequence[str], stages: int | None = None) -> NoReturn:
    """Leave another page for Compare with these models, the photo of this session, and all their stages if None."""
    choose_models(models, stages)
    st.switch_page(st.session_state[COMPARE_PAGE])


def open_stacks(network: str, spec: StackSpec) -> NoReturn:
    """Leave another page for Compare with this stack beside the same without conditioning."""
    settings = Settings(
        preset="network",
        strategy=spec.conditioning,
        stages=spec.stages,
        network=network,
        base=spec.base,
        levels=spec.levels[0] if spec.levels else Settings().levels,
        depth=spec.stages,
    )
    if _SESSION not in st.session_state:
        _begin(settings, (), Place())
    memory = session()
    values = ("network", network, settings.base, settings.levels, settings.depth, False, spec.conditioning)
    keys = (MODE, NETWORK, BASE, LEVELS, DEPTH, SINGLE, strategy_key("network"))
    for key, value in zip(keys, values, strict=True):
        memory.replaced.put(key, value)
    memory.stages = spec.stages
    _carry_stack()
    st.switch_page(st.session_state[COMPARE_PAGE])


def choose_models(models: Sequence[str], stages: int | None = None) -> None:
    """Make these models (at most four) what the page shows next, with all their stages if None."""
    most = max(stage_count(name) for name in models)
    shown = tuple(models[:MAX_SHOWN])
    if _SESSION not in st.session_state:
        _begin(Settings(preset="own", models=shown, stages=stages or most), (), Place())
    memory = session()
    memory.replaced.put(MODE, "own")
    memory.replaced.put(MODELS, list(shown))
    memory.stages = stages or most


def chosen_preset() -> str:
    """The key of PRESETS that the controls stand for."""
    mode: str = st.session_state[MODE]
    return str(st.session_state[PRESET]) if mode == "trained" else mode


def current_settings(photo: str, available: Collection[str]) -> tuple[Settings, Choice]:
    """The settings as the controls stand, and what they choose; computed once, before a run draws the controls.

    What is no longer possible (a model that is gone, a device, a strategy that this preset lacks) is put right in the
    controls as well.
    """
    state, memory = st.session_state, session()
    if state[DEVICE] not in ("auto", *available_devices()):
        state[DEVICE] = "auto"
    state[MODELS] = [name for name in state[MODELS] if name in available]
    state[OWN] = [key for key in state[OWN] if key in own_keys()]
    preset = chosen_preset()
    _follow_stack()
    settings = Settings(
        photo=photo,
        size=state[SIZE],
        preset=preset,
        family=state[FAMILY],
        strategy=state.get(strategy_key(preset), EVERY),
        stages=memory.stages,
        view=memory.view,
        models=tuple(state[MODELS]),
        device=state[DEVICE],
        network=state[NETWORK],
        base=state[BASE],
        levels=state[LEVELS],
        depth=state[DEPTH],
        single=state[SINGLE],
        own=tuple(state[OWN]),
        equal=state[EQUAL_KEY],
        reference=state[REFERENCE],
        chart=state[CHART],
    )
    choice = choose(settings, available)
    if carried := carried_conditioning(strategy_key(preset), choice.strategies):
        shown = {config_of(name).conditioning for name in choice.shown}
        if choice.strategy != EVERY or carried not in shown:
            choice = choose(replace(settings, strategy=carried), available)
    if choice.shown and state[REFERENCE] > len(choice.shown):
        state[REFERENCE] = 1
        settings = replace(settings, reference=1)
    if choice.strategies:
        memory.replaced.put(strategy_key(preset), choice.strategy)
        settings = replace(settings, strategy=choice.strategy)
    return settings, choice


def take_strategy() -> None:
    """A conditioning was chosen; runs before the page is drawn again."""
    key = strategy_key(chosen_preset())
    if (chosen := st.session_state[key]) != EVERY:
        carry_conditioning(chosen, key)


def take_levels() -> None:
    """Levels of a stack were chosen."""
    _carry_stack()


def take_depth() -> None:
    """Stages of a stack were chosen."""
    enter_preset()
    _carry_stack()


def choose_stack(levels: int, stages: int) -> None:
    """Have the controls stand at these levels and stages, before they are drawn."""
    replaced = session().replaced
    replaced.put(LEVELS, levels)
    replaced.put(DEPTH, stages)


def enter_preset() -> None:
    """Other models were chosen: stacks, and the preset that spreads the stages out, begin with all of them."""
    state = st.session_state
    if state[MODE] == "network":
        session().stages = state[DEPTH]
    elif state[MODE] == "trained" and state[PRESET] == "stages":
        session().stages = Settings().stages


def _begin(settings: Settings, notes: tuple[str, ...], place: Place) -> CompareSession:
    state = st.session_state
    mode = settings.preset if settings.preset in ("network", "own") else "trained"
    state[MODE] = mode
    state[PRESET] = settings.preset if mode == "trained" else Settings().preset
    values: tuple[object, ...] = (
        settings.family,
        settings.size,
        settings.device,
        settings.chart,
        list(settings.models),
    )
    for key, value in zip((FAMILY, SIZE, DEVICE, CHART, MODELS), values, strict=True):
        state[key] = value
    state[EQUAL_KEY], state[REFERENCE], state[OWN] = settings.equal, settings.reference, list(settings.own)
    stack = (settings.network, settings.base, settings.levels, settings.depth, settings.single)
    for key, value in zip((NETWORK, BASE, LEVELS, DEPTH, SINGLE), stack, strict=True):
        state[key] = value
    state[strategy_key(settings.preset)] = settings.strategy
    state[_SESSION] = memory = CompareSession(settings, notes, place, settings.stages, settings.view)
    return memory


def _carry_stack() -> None:
    """The other pages follow to these levels and stages, which only FSQ has there."""
    state = st.session_state
    if state[BASE] == "fsq":
        carry_stack(state[LEVELS], state[DEPTH], _SESSION)


def _follow_stack() -> None:
    """Take over levels and stages that were chosen on another page, where stacks are shown that can have them."""
    state = st.session_state
    if state[MODE] != "network" or state[BASE] != "fsq" or (chosen := carried_stack(_SESSION)) is None:
        return
    levels, depth = chosen
    if why_not(Settings(preset="network", network=state[NETWORK], levels=levels, depth=depth)) is None:
        choose_stack(levels, depth)
        enter_preset()

"""What one run of the Compare page shows: settings, photo, and the pictures of every model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.compare.choice import Choice, spread_stages
from rfsq.app.compare.plan import Plan
from rfsq.app.compare.settings import Settings
from rfsq.app.shared.reconstructions import (
    Pictures,
    coded_photo,
    decode,
    is_coded,
    is_decoded,
    known_pictures,
)
from rfsq.app.shared.working_photo import ChosenPhoto, WorkingPhoto
from rfsq.model.checkpoint import CheckpointError
from rfsq.style.palette import Theme, label_of, short_label_of

SLOW_S, VERY_SLOW_S = 0.5, 3.0  # after these a bar, then a sentence


@dataclass(frozen=True, eq=False)
class View:
    """What one run shows."""

    settings: Settings
    choice: Choice
    plan: Plan  # of choice.shown
    photo: ChosenPhoto
    working: WorkingPhoto
    pictures: Mapping[str, Pictures]  # of choice.shown: those on screen, and others that were made before
    theme: Theme

    @property
    def stages(self) -> int:
        """k, as far as the shown models go."""
        return min(self.settings.stages, self.plan.positions)

    @property
    def panels(self) -> tuple[tuple[str, int], ...]:
        """The pictures beside the original, each once: model and stage count."""
        return panels_of(self.settings, self.choice, self.plan)

    def psnr_db(self, name: str, k: int) -> float:
        """Of a picture on screen."""
        return self.pictures[name].frames[k].psnr_db

    def has_rate(self, name: str, k: int) -> bool:
        """Whether a picture has a rate: an unquantized one, or one that is not computed yet, has none."""
        pictures = self.pictures.get(name)
        return pictures is not None and pictures.rate(k) is not None

    def label(self, name: str) -> str:
        """ "RFSQ layernorm" among models of one size, "layernorm" among stacks, the full name otherwise."""
        if self.settings.preset == "network":
            return short_label_of(name)
        sizes = {other.split("-")[1] if other.startswith("rfsq-") else other for other in self.choice.shown}
        return label_of(name) if len(sizes) > 1 else label_of(name).replace(f" {sizes.pop().replace('x', '×')}", "")

    def short_label(self, name: str) -> str:
        """ "layernorm" where no other picture is called so."""
        short = [short_label_of(other) for other in self.choice.shown]
        return short_label_of(name) if short.count(short_label_of(name)) == 1 else self.label(name)


def panels_of(settings: Settings, choice: Choice, plan: Plan) -> tuple[tuple[str, int], ...]:
    """The pictures beside the original, each once: model and stage count."""
    if choice.spread and choice.shown:
        name = choice.shown[0]
        position = min(settings.stages, plan.positions)
        return tuple(dict.fromkeys((name, min(k, position)) for k in spread_stages(plan.positions)))
    return tuple((name, plan.stages_at(name, settings.stages)) for name in choice.shown)


def code_all(choice: Choice, working: WorkingPhoto) -> Choice:
    """The photo through all shown models; one that cannot be loaded is left out of the choice with a sentence."""
    shown, behind = [], []
    for name in _in_turn(choice.shown, working, lambda name: is_coded(working, name)):
        try:
            coded_photo(working, name)
            shown.append(name)
        except CheckpointError as error:
            st.warning(f"{label_of(name)} cannot be shown. {error}")
    for name in choice.behind:
        try:
            working.checkpoint(name)
            behind.append(name)
        except CheckpointError as error:
            st.warning(f"{label_of(name)} is missing in the chart. {error}")
    return replace(choice, shown=tuple(shown), behind=tuple(behind))


def decode_panels(choice: Choice, working: WorkingPhoto, panels: Sequence[tuple[str, int]]) -> dict[str, Pictures]:
    """The pictures on screen: of small photos all together, of large ones model by model."""
    if working.large:
        for name in _in_turn(
            choice.shown, working, lambda name: is_decoded(working, [panel for panel in panels if panel[0] == name])
        ):
            decode(working, [panel for panel in panels if panel[0] == name])
    else:
        decode(working, panels)
    return {name: known_pictures(working, name) for name in choice.shown}


def _in_turn(names: Sequence[str], working: WorkingPhoto, done: Callable[[str], bool]) -> Iterator[str]:
    """The models one after the other, with a bar once it takes long. Nothing is drawn until then: the old pictures stay."""
    place: DeltaGenerator | None = None
    started = time.perf_counter()
    for number, name in enumerate(names):
        elapsed = time.perf_counter() - started
        if elapsed > SLOW_S or (working.large and not _safely(done, name)):
            text = f"Computing {label_of(name)}, {number + 1} of {len(names)}."
            say = working.large or elapsed > VERY_SLOW_S
            place = st.empty() if place is None else place
            place.progress(number / len(names), text=text if say else None)
        yield name
    if place is not None:
        place.empty()


def _safely(done: Callable[[str], bool], name: str) -> bool:
    try:
        return done(name)
    except CheckpointError:  # is said where the model is used
        return True

"""What one run of the Compare page shows: settings, photo, and the pictures of every model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from rfsq.app.compare.choice import Choice, spread_stages
from rfsq.app.compare.settings import Settings
from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.app.shared.reconstructions import Pictures, has_pictures, pictures_of
from rfsq.app.shared.working_photo import ChosenPhoto, WorkingPhoto
from rfsq.model.checkpoint import CheckpointError
from rfsq.style.palette import Theme, label_of, short_label_of

SLOW_S, VERY_SLOW_S = 0.5, 3.0  # after these a bar, then a sentence


@dataclass(frozen=True, eq=False)
class View:
    """What one run shows."""

    settings: Settings
    choice: Choice
    photo: ChosenPhoto
    working: WorkingPhoto
    pictures: Mapping[str, Pictures]  # of choice.shown
    theme: Theme

    @property
    def stages(self) -> int:
        """k, as far as the shown models go."""
        return min(self.settings.stages, self.choice.stages)

    @property
    def panels(self) -> tuple[tuple[str, int], ...]:
        """The pictures beside the original, each once: model and stage count."""
        if self.choice.spread:
            name = self.choice.shown[0]
            counts = (min(k, self.stages) for k in spread_stages(self.pictures[name].stages))
            return tuple(dict.fromkeys((name, k) for k in counts))
        return tuple((name, min(self.settings.stages, self.pictures[name].stages)) for name in self.choice.shown)

    def has_rate(self, name: str, k: int) -> bool:
        """Whether a picture has a rate: an unquantized one, or one that is not computed yet, has none."""
        pictures = self.pictures.get(name)
        return pictures is not None and pictures.reconstruction.stages[k - 1].rate is not None

    def label(self, name: str) -> str:
        """ "RFSQ layernorm" among models of one size, "layernorm" among stacks, the full name otherwise."""
        if self.settings.preset == "network":
            return short_label_of(name)
        sizes = {other.split("-")[1] if other.startswith("rfsq-") else other for other in self.choice.shown}
        return label_of(name) if len(sizes) > 1 else label_of(name).replace(f" {sizes.pop().replace('x', '×')}", "")


def compute_pictures(choice: Choice, working: WorkingPhoto) -> tuple[Choice, dict[str, Pictures]]:
    """The pictures of all shown models; one that cannot be loaded is left out of the choice with a sentence.

    Nothing is drawn until it takes long: the old pictures stay meanwhile.
    """
    pictures: dict[str, Pictures] = {}
    place = st.empty()
    started = time.perf_counter()
    for done, name in enumerate(choice.shown):
        elapsed = time.perf_counter() - started
        try:
            if elapsed > SLOW_S or (working.large and not has_pictures(working, name)):
                text = f"Computing {label_of(name)}, {done + 1} of {len(choice.shown)}."
                say = working.large or elapsed > VERY_SLOW_S
                place.progress(done / len(choice.shown), text=text if say else None)
            pictures[name] = pictures_of(working, name)
        except CheckpointError as error:
            st.warning(f"{label_of(name)} cannot be shown. {error}")
    place.empty()
    usable = []
    for name in choice.behind:
        try:
            checkpoint_of(name, working.device)
            usable.append(name)
        except CheckpointError as error:
            st.warning(f"{label_of(name)} is missing in the chart. {error}")
    return replace(choice, shown=tuple(pictures), behind=tuple(usable)), pictures

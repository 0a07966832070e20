"""The lesson of a part: guided steps in a row, each of them a link, and what to do in the present one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.lab.sampled import SampledSettings
from rfsq.app.shared.guided_steps import StepLink, clicked_step, guided_steps

Settings = TypeVar("Settings", bound=SampledSettings)


@dataclass(frozen=True)
class Step(Generic[Settings]):
    """One step of a lesson."""

    name: str  # in links
    title: str
    watch: str  # what happens and what to do; what is seen is computed
    settings: Settings


@dataclass(frozen=True)
class Lesson(Generic[Settings]):
    """The steps of a part in their order."""

    keys: str  # what the keys on the page begin with
    steps: tuple[Step[Settings], ...]

    @property
    def opened_by(self) -> dict[str, Settings]:
        """What each step opens, by its name."""
        return {step.name: step.settings for step in self.steps}

    def clicked(self) -> Step[Settings] | None:
        """The step that was clicked; None if there is no such step."""
        name = clicked_step(f"{self.keys}-steps")
        return next((step for step in self.steps if step.name == name), None)

    def show(
        self, settings: Settings, link_of: Callable[[Settings], str], on_click: Callable[[], None]
    ) -> DeltaGenerator | None:
        """Draw the row, unless the settings hide it, and what to do in the present step: its box has room for what is seen
        then. None where no step is open."""
        if "lesson" not in settings.hide:
            links = [StepLink(step.name, step.title, link_of(step.settings)) for step in self.steps]
            guided_steps(f"{self.keys}-steps", links, settings.step, on_click)
        for number, step in enumerate(self.steps, 1):
            if step.name == settings.step:
                box = st.container(key=f"{self.keys}-watch")
                box.markdown(f"**{number}.** {step.watch}")
                return box
        return None

"""What the part remembers of a session, and how controls, film and lesson change it."""

from __future__ import annotations

from dataclasses import replace

from rfsq.app.lab.life.film import film_report, with_report
from rfsq.app.lab.life.lesson import LESSON
from rfsq.app.lab.life.settings import LifeView, read_life_link
from rfsq.app.lab.part_session import PartSession
from rfsq.app.lab.parts import LIFE
from rfsq.app.lab.runs import latent_channels
from rfsq.app.lab.sampled import within_lesson
from rfsq.app.shared.photo_strip import photo_names
from rfsq.teaching.lab.life import METHODS


class LifeSession(PartSession[LifeView]):
    """The picture that a message moves is the film."""

    PART = LIFE
    NAME = "lab-life"
    KEYS = "life"
    HELD = ("source", "codes", "start", "encoder", "rate", "commitment", "seed", "drawn", "methods", "channels")


def session() -> LifeSession:
    """This session's memory; at its start from the page's address."""
    return LifeSession.of_page(
        lambda values: read_life_link(
            values, photos=photo_names(), steps=LESSON.opened_by, latent_channels=latent_channels()
        )
    )


# ---- changes; they run before the page is drawn again ----


def take_film() -> None:
    """The person moved the film."""
    memory = session()
    if report := film_report(memory.command):
        memory.settings = with_report(memory.settings, report)


def take_step() -> None:
    """A step of the lesson was clicked."""
    memory = session()
    if step := LESSON.clicked():
        before = memory.settings
        kept = {"photo": before.photo, "hide": before.hide, "methods": before.methods, "view": before.view}
        memory.change(replace(step.settings, **kept), move=True)  # type: ignore[arg-type]


def take_controls() -> None:
    """A control was moved. A choice that leaves nothing to show is put back."""
    memory = session()
    after = memory.moved()
    methods = tuple(name for name in METHODS if name in after.methods) or memory.settings.methods
    memory.change(within_lesson(replace(after, methods=methods), LESSON.opened_by))

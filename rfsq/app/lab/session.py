"""What the Lab remembers of a session, and how the controls, the plane, the lesson and the sliders change it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rfsq.app.lab.factors import dragged_factors
from rfsq.app.lab.lesson import LESSON
from rfsq.app.lab.part_session import PartSession
from rfsq.app.lab.parts import STAGES
from rfsq.app.lab.plane import plane_report, with_report
from rfsq.app.lab.runs import Strategy, latent_channels
from rfsq.app.lab.sampled import within_lesson
from rfsq.app.lab.settings import LabSettings, read_lab_link
from rfsq.app.shared.carried import carried_conditioning, carry_conditioning
from rfsq.app.shared.link_reader import LinkValues
from rfsq.app.shared.photo_strip import photo_names
from rfsq.quantizers import CONDITIONINGS
from rfsq.teaching.lab import FactorFit

_VIEW = "lab"  # in what follows the viewer from page to page


@dataclass
class LabSession(PartSession[LabSettings]):
    """What stays on the charts, too."""

    PART = STAGES
    NAME = KEYS = "lab"
    HELD = ("source", "conditioning", "stages", "base", "levels", "fitted_on", "entropy", "seed", "channels")

    started: float | None = None  # clock at the start of a run of the whole page
    drawn: tuple[LabSettings, Strategy] | None = None  # the chosen line of the last run
    before: Strategy | None = None  # the line of the setting before that, in grey
    gradient: tuple[str, FactorFit] | None = None  # the last fit by gradient, and what it belongs to

    def open(self, values: LinkValues) -> None:
        super().open(values)
        if "conditioning" in values:
            carry_conditioning(self.settings.conditioning, _VIEW)

    def follow(self) -> None:
        """Take over the conditioning that was chosen on another page, without the factors and the lesson of the one before."""
        name = carried_conditioning(_VIEW, CONDITIONINGS)
        if name is not None and name != self.settings.conditioning:
            self.change(replace(self.settings, conditioning=name, factors=(), step=""))

    def ghost(self, chosen: Strategy) -> Strategy | None:
        """The line of the setting before, until another setting takes its place."""
        current = replace(self.settings, stage=0, phase="", magnify=False, probe=0, step="", hide=(), entropy=False)
        if self.drawn is None or self.drawn[0] != current:
            self.before = None if self.drawn is None else self.drawn[1]
            self.drawn = (current, chosen)
        return self.before


def session() -> LabSession:
    """This session's memory; at its start from the page's address."""
    return LabSession.of_page(
        lambda values: read_lab_link(
            values, photos=photo_names(), steps=LESSON.opened_by, latent_channels=latent_channels()
        )
    )


def factors_belong_to(settings: LabSettings) -> str:
    """Names all else that factors depend on: what was found for one setting never lands in another."""
    return f"{settings.stack()}/{settings.fit_source}/{settings.seed}/{settings.channels}"


# ---- changes; they run before the page is drawn again ----


def take_plane() -> None:
    """The person moved in the plane."""
    memory = session()
    if report := plane_report(memory.command):
        memory.settings = with_report(memory.settings, report)


def take_step() -> None:
    """A step of the lesson was clicked."""
    memory = session()
    if step := LESSON.clicked():
        memory.change(replace(step.settings, photo=memory.settings.photo, hide=memory.settings.hide), move=True)


def take_factors() -> None:
    """A factor was dragged."""
    memory = session()
    if factors := dragged_factors(factors_belong_to(memory.settings), memory.settings.stages):
        use_factors(factors)


def use_factors(factors: tuple[float, ...]) -> None:
    """Take these factors, or the best of the grid for none."""
    memory = session()
    memory.settings = replace(memory.settings, factors=factors)


def take_controls() -> None:
    """A control was moved. Factors of one's own survive a new source, but not another stack."""
    memory = session()
    before, after = memory.settings, memory.moved()
    if after.conditioning != before.conditioning:
        carry_conditioning(after.conditioning, _VIEW)
    if after.stack() != before.stack():
        after = replace(after, factors=())
    after = within_lesson(after, LESSON.opened_by)
    memory.change(replace(after, stage=min(after.stage, after.stages)), move=after.stages < before.stage)

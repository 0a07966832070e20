"""What the page "Doctor" remembers of a session: the values of its controls, and what no control holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from rfsq.app.doctor.files import OwnFile, open_file, with_files
from rfsq.app.doctor.roles import Held
from rfsq.app.doctor.settings import AUTO, OWN, DoctorSettings, read_doctor_link
from rfsq.app.doctor.work import Examined
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.replaced import Replaced
from rfsq.app.shared.slow_work import SlowWork

# Keys of the controls. Streamlit keeps their values while the session lasts (`persist_state="session"`).
EXAMPLE, STAGE, SIZES, LEVELS = "doctor-example", "doctor-stage", "doctor-sizes", "doctor-levels"
CHANNELS, AXIS = "doctor-channels", "doctor-axis"
_SESSION = "doctor"


@dataclass
class DoctorSession:
    """What no control holds."""

    opened: DoctorSettings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]  # a sentence for each value of the link that was replaced
    files: list[OwnFile] = field(default_factory=list)
    problem: str = ""  # why the last files could not be opened
    uploads: int = 0  # so far: each is taken by a fresh uploader, which is ready for the next
    work: SlowWork | None = None
    done: tuple[object, Examined] | None = None  # the last result, and what it is of
    replaced: Replaced = field(
        default_factory=lambda: Replaced("doctor")
    )  # the choice, as files that come and go set it

    @property
    def held(self) -> list[Held]:
        """The tensors of all files."""
        return [held for file in self.files for held in file.held]


def session() -> DoctorSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        settings, notes = read_doctor_link(link_values(), has_own=False)
        state[_SESSION] = DoctorSession(settings, notes)
        values = (settings.example, settings.stage, settings.sizes, settings.levels, settings.channels, settings.axis)
        for key, value in zip((EXAMPLE, STAGE, SIZES, LEVELS, CHANNELS, AXIS), values, strict=True):
            state[key] = value
    found: DoctorSession = state[_SESSION]
    return found


def current_settings() -> DoctorSettings:
    """The settings as the controls stand."""
    state = st.session_state
    return DoctorSettings(
        state[EXAMPLE],
        state.get(STAGE) or 1,
        state.get(SIZES) or "",
        state.get(LEVELS) or "",
        state.get(CHANNELS) or AUTO,
        state.get(AXIS) or AUTO,
    )


def take_files(key: str) -> None:
    """Files were uploaded; runs before the page is drawn again. What cannot be used leaves everything as it was."""
    memory = session()
    uploads = st.session_state.get(key) or []
    if not uploads:
        return
    memory.uploads += 1
    memory.problem = ""
    opened: list[OwnFile] = []
    problems: list[str] = []
    for upload in uploads:
        try:
            opened.append(open_file(upload.name, upload.getvalue()))
        except (ValueError, OSError) as error:
            problems.append(f"{error}.")
    try:
        files = with_files(memory.files, opened)
    except ValueError as error:
        problems.append(f"{error}.")
        opened = []
    if opened:
        memory.files = files
        memory.replaced.put(EXAMPLE, OWN)
    memory.problem = " ".join(problems)


def cancel() -> None:
    """Leave off looking at a person's tensors; they stay."""
    memory = session()
    if memory.work is not None:
        memory.work.give_up()
        memory.work = None
    memory.replaced.put(EXAMPLE, DoctorSettings().example)


def forget_files() -> None:
    """Take the person's files away again."""
    memory = session()
    memory.files, memory.problem, memory.done = [], "", None
    memory.uploads += 1
    memory.replaced.put(EXAMPLE, DoctorSettings().example)

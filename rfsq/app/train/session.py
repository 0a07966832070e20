"""What the page "Train your own" remembers of a session: the settings, and the latest two runs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from rfsq.app.shared.carried import carried_conditioning, carry_conditioning, open_photo
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.own_models import own_name
from rfsq.app.shared.photo_strip import example_names, photo_names
from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto
from rfsq.app.train.runs import Manager, QueueFull, Run, RunView
from rfsq.app.train.settings import CONDITIONED, TrainSettings, read_train_link
from rfsq.machine.devices import pick_device
from rfsq.photos.gallery import load_example
from rfsq.training.live import LiveRun, gallery_photos, held_out_for, live_config, live_photo

# Keys of the controls. Streamlit keeps their values while the session lasts (`persist_state="session"`).
BASE, DATA_KEY, SECONDS_KEY, SEED = "train-base", "train-data", "train-seconds", "train-seed"
_SESSION = "train"


@dataclass(frozen=True, eq=False)
class StartedRun:
    """One run of this session, and what it was started with."""

    number: int
    settings: TrainSettings
    run: Run
    shown: np.ndarray  # (H, W, 3) uint8
    title: str  # of the photo
    digest: str
    unseen: bool  # the photo is not among those the run learns from
    held_out: str  # title of the example that it does not learn from, and is measured on as well

    @property
    def name(self) -> str:
        return own_name(self.settings.base, self.number)

    def view(self) -> RunView:
        """The run as it is now; asking keeps it alive."""
        return manager().view(self.run)

    def stop(self) -> None:
        """Stop was pressed."""
        manager().stop(self.run)

    def go_on(self) -> None:
        """Continue was pressed."""
        try:
            manager().go_on(self.run, self.settings.seconds)
        except QueueFull as error:
            session().problem = str(error)


@dataclass
class TrainSession:
    """The settings of the next run, and the runs before it."""

    settings: TrainSettings
    opened: str  # the photo of the link, or of the first view: while it stands, so do the notes
    notes: tuple[str, ...]  # a sentence for each value of the link that was replaced, until something changes
    runs: list[StartedRun] = field(default_factory=list)  # the latest and the one before, oldest first
    started: int = 0  # runs so far
    problem: str = ""  # why the last press of a button started nothing

    @property
    def active(self) -> bool:
        """Whether the latest run waits or trains."""
        return bool(self.runs) and self.runs[-1].view().state in ("waiting", "running")


@st.cache_resource(show_spinner=False)
def manager() -> Manager:
    """The one line of training runs of this process."""
    return Manager()


def session() -> TrainSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        settings, photo, notes = read_train_link(link_values(), photos=photo_names())
        state[_SESSION] = TrainSession(settings, photo, notes)
        values = (settings.base, settings.data, settings.seconds, settings.seed)
        for key, value in zip((BASE, DATA_KEY, SECONDS_KEY, SEED), values, strict=True):
            state[key] = value
        open_photo(photo)
        if "quantizer" in st.query_params:
            _carry(settings.base)
    found: TrainSession = state[_SESSION]
    return found


def current_settings() -> TrainSettings:
    """The settings as the controls stand; once they have changed, the notes have been read."""
    state, memory = st.session_state, session()
    if name := carried_conditioning(_SESSION, CONDITIONED):
        state[BASE] = CONDITIONED[name]
    settings = TrainSettings(state[BASE], state[DATA_KEY], state[SECONDS_KEY], int(state[SEED]))
    if settings != memory.settings:
        memory.settings, memory.notes = settings, ()
    return settings


def take_base() -> None:
    """A quantizer was chosen; runs before the page is drawn again."""
    _carry(st.session_state[BASE])


def _carry(base: str) -> None:
    """The other pages follow, if it has a conditioning."""
    for name in [name for name, known in CONDITIONED.items() if known == base]:
        carry_conditioning(name, _SESSION)


def start(photo: ChosenPhoto, settings: TrainSettings) -> None:
    """Start was pressed; runs before the page is drawn again."""
    memory = session()
    shown, held_out = live_photo(photo.pixels), held_out_for(photo.name)
    photos = (shown,) if settings.data == "photo" else gallery_photos(without=held_out)
    other = live_photo(load_example(held_out))

    def make() -> LiveRun:
        return LiveRun(
            live_config(settings.base),
            photos,
            shown=shown,
            held_out=other,
            seconds=settings.seconds,
            seed=settings.seed,
            device=pick_device("auto"),
        )

    try:
        run = manager().start(make, settings.seconds)
    except QueueFull as error:
        memory.problem = str(error)
        return
    memory.problem = ""
    memory.started += 1
    unseen = settings.data == "gallery" and photo.name == OWN_PHOTO
    title = example_names()[held_out]
    new = StartedRun(memory.started, settings, run, shown, photo.title, photo.digest, unseen, title)
    memory.runs = [*memory.runs[-1:], new]

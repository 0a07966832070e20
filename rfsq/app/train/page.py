"""The page "Train your own": a small model learns on a few photos while the viewer watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import streamlit as st

from rfsq.app.compare.page import hand_over
from rfsq.app.look import apply_look, current_theme
from rfsq.app.shared.choice import bits_per_token, rivals_of
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.own_models import add_own, own_name
from rfsq.app.shared.photo import Photo, example_names, photo_strip
from rfsq.app.shared.settings import OWN_PHOTO, Settings
from rfsq.app.train.recorded import COMMAND, RecordedRun, recorded_run
from rfsq.app.train.runs import SECONDS, Manager, QueueFull, Run, RunView
from rfsq.app.train.settings import DATA, MAX_SEED, TrainSettings, read_train_link, write_train_link
from rfsq.figures import training_curves
from rfsq.machine.devices import pick_device
from rfsq.model.archive import checkpoint_bytes, open_checkpoint
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import load_example
from rfsq.style.palette import Theme, label_of
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_bits, format_db, format_score, unequal_rates_sentence
from rfsq.training.live import CHOICES, LiveRun, columns, gallery_photos, live_config, live_photo

TITLE = "How does a quantizer learn?"
TRY = "Press Start and watch the picture come. Then change the quantizer and start again: the run before stays in grey."
NO_EVIDENCE = (
    "A small network, trained for a moment on a handful of photos, is no evidence about quantizers; "
    "the Results page has that."
)
READING = (
    "PSNR is of the photo on this page; loss and remainders are of the random crops that the run learns from, so they "
    "jitter. A remainder says how much is left to code in this model's own latents, so two runs compare by PSNR."
)
CHART_PX = 600
_COLUMNS = (
    Column("Run", align="left"),
    *map(Column, ("Bits/token", "Learned from", "Seed", "Steps", "Seconds", "Photo", "PSNR ↑", "L1 ↓")),
)
_PHOTO_COLUMN = 6
_KEYS = {"train-base": "base", "train-data": "data", "train-seconds": "seconds", "train-seed": "seed"}


@dataclass(frozen=True, eq=False)
class Started:
    """One run of this session, and what it was started with."""

    number: int
    settings: TrainSettings
    run: Run
    shown: np.ndarray  # (H, W, 3) uint8
    title: str  # of the photo
    digest: str
    unseen: bool  # the photo is not among those the run learns from

    @property
    def name(self) -> str:
        return own_name(self.settings.base, self.number)


@st.cache_resource(show_spinner=False)
def manager() -> Manager:
    """The one line of training runs of this process."""
    return Manager()


def train_page() -> None:
    """Draw the page. What changes while a run trains is a fragment that draws itself every second."""
    apply_look(current_theme())
    _open_link()
    with st.container(key="head", horizontal=True):
        st.title(TITLE, anchor=False)
        st.markdown(TRY)
    photo = photo_strip(st.session_state.get("settings", Settings()).photo)
    for note in st.session_state.get("train-notes", ()):
        st.info(note)
    settings = _controls()
    active = _active()
    st.fragment(_live, run_every=1.0 if active else None)(photo, settings, active)
    copy_link(
        write_train_link(settings, photo.name),
        own_photo=photo.name == OWN_PHOTO,
        own_model=bool(_runs()),
        untouched=settings == TrainSettings() and photo.name == Settings().photo,
    )


def _open_link() -> None:
    """At first, take the settings from the address; back from another page, take the last ones."""
    state = st.session_state
    if "train" not in state:
        state["train"], photo, state["train-notes"] = read_train_link(st.query_params.to_dict(), photos=example_names())
        if "photo" in st.query_params and "photo" not in state:
            state["photo"] = photo
    for key, field in _KEYS.items():
        # Streamlit forgets the controls of a page that is left.
        state[key] = state.get(key, getattr(state["train"], field))


def _controls() -> TrainSettings:
    with st.container(key="train-controls", horizontal=True, vertical_alignment="bottom"):
        base = st.selectbox(
            "Quantizer",
            CHOICES,
            format_func=_choice_label,
            key="train-base",
            filter_mode=None,
            help="The price of one 4×4 block, before entropy coding, stands beside each name.",
        )
        data = st.segmented_control(
            "Learn from", list(DATA), format_func=DATA.__getitem__, key="train-data", required=True
        )
        seconds = st.segmented_control("For", SECONDS, format_func=_duration, key="train-seconds", required=True)
        with st.popover("More"):
            seed = st.number_input(
                "Seed",
                0,
                MAX_SEED,
                key="train-seed",
                step=1,
                help="Decides the first weights and the crops. The same seed begins alike.",
            )
    settings = TrainSettings(base, data or "gallery", seconds or SECONDS[1], int(seed))
    if settings != st.session_state["train"]:
        st.session_state["train-notes"] = ()
    st.session_state["train"] = settings
    return settings


# ---- the run ----


def _runs() -> list[Started]:
    """The latest run and the one before, oldest first."""
    found: list[Started] = st.session_state.setdefault("train-runs", [])
    return found


def _active() -> bool:
    return bool(_runs()) and manager().view(_runs()[-1].run).state in ("waiting", "running")


def _start(photo: Photo, settings: TrainSettings) -> None:
    """Start was pressed; runs before the page is drawn again."""
    state = st.session_state
    shown = live_photo(photo.pixels)
    photos = (shown,) if settings.data == "photo" else gallery_photos()
    unseen = settings.data == "gallery" and photo.name == OWN_PHOTO

    def make() -> LiveRun:
        return LiveRun(
            live_config(settings.base),
            photos,
            shown=shown,
            seconds=settings.seconds,
            seed=settings.seed,
            device=pick_device("auto"),
        )

    try:
        run = manager().start(make, settings.seconds)
    except QueueFull as error:
        state["train-problem"] = str(error)
        return
    state.pop("train-problem", None)
    number = state["train-count"] = state.get("train-count", 0) + 1
    state["train-runs"] = [*_runs()[-1:], Started(number, settings, run, shown, photo.title, photo.digest, unseen)]


def _go_on(run: Run, seconds: float) -> None:
    try:
        manager().go_on(run, seconds)
    except QueueFull as error:
        st.session_state["train-problem"] = str(error)


def _live(photo: Photo, settings: TrainSettings, active: bool) -> None:
    """Status, buttons, pictures, curves."""
    if active != _active():
        st.rerun()  # the whole page, so that the fragment begins or ends to draw itself
    theme = current_theme()
    runs = _runs()
    views = [manager().view(started.run) for started in runs]
    current = (runs[-1], views[-1]) if runs else None
    _status(photo, settings, current)
    with st.container(key="train-stage", horizontal=True):
        with st.container(key="train-pictures"):
            _pictures(photo, current)
        with st.container(key="train-curves"):
            _curves(runs, views, theme)
    _table(runs, views, theme)
    st.caption(f"{NO_EVIDENCE} {READING}")


def _status(photo: Photo, settings: TrainSettings, current: tuple[Started, RunView] | None) -> None:
    busy = current is not None and current[1].state in ("waiting", "running")
    with st.container(key="train-actions", horizontal=True, vertical_alignment="center"):
        if not busy:
            st.button("Start", type="primary", key="train-start", on_click=_start, args=(photo, settings))
        if current is not None:
            started, view = current
            if busy:
                st.button("Stop", key="train-stop", on_click=manager().stop, args=(started.run,))
            elif view.state != "failed":
                _keep(started, view)
            with st.container(key="train-state"):
                st.markdown(_state_text(started, view))
        else:
            with st.container(key="train-state"):
                recorded = recorded_run()
                st.markdown(
                    f"In grey: a recorded run of {recorded.seconds:.0f} s, {label_of(recorded.base)} on all gallery "
                    f"photos, on {recorded.device}."
                )
    if problem := st.session_state.get("train-problem"):
        st.error(problem)


def _state_text(started: Started, view: RunView) -> str:
    what = f"**Run {started.number}**, {label_of(started.settings.base)}"
    done = f"{view.step} steps in {view.seconds:.0f} s"
    match view.state:
        case "waiting":
            ahead = view.place - 1
            behind = "Yours is next." if not ahead else f"{ahead} more wait{'s' if ahead == 1 else ''} before yours."
            return f"{what}: one run is training. {behind}" if manager().busy else f"{what}: starting."
        case "running":
            return f"{what}: learning, {view.seconds_left:.0f} s left."
        case "failed":
            return f"{what} failed. {view.problem}"
        case "stopped":
            return f"{what}: stopped after {done}. {view.problem or ''}"
        case _:
            return f"{what}: finished, {done}."


def _keep(started: Started, view: RunView) -> None:
    """Continue, Download, Open in Compare."""
    run = started.run
    st.button(
        "Continue",
        key="train-continue",
        on_click=_go_on,
        args=(run, started.settings.seconds),
        disabled=not view.resumable,
        help="To the end of the planned time; beyond it, at a low rate that stays as it is, so it only refines.",
    )
    if run.live is None or not view.step:
        return
    st.download_button(
        "Download",
        partial(_archive, started),
        file_name=f"{started.name}.zip",
        mime="application/zip",
        key="train-download",
        on_click="ignore",
        help="Weights and facts in one zip. Open it again in Compare, under More.",
    )
    if st.button("Open in Compare", key="train-open"):
        name = add_own(open_checkpoint(_archive(started)), newer=True)  # what a download holds, checked like any other
        hand_over([name, *rivals_of(live_config(started.settings.base), available_models())], None)
        st.switch_page(st.session_state["compare-page"])


def _archive(started: Started) -> bytes:
    live = started.run.live
    assert live is not None, "only runs that can be continued are offered"
    return checkpoint_bytes(live.trained_model(started.name), live.facts())


# ---- pictures and curves ----


def _pictures(photo: Photo, current: tuple[Started, RunView] | None) -> None:
    """The original and what the model makes of it, beside each other."""
    if current is None:
        recorded = recorded_run()
        shown, title = live_photo(load_example(recorded.shown)), "Cat"
        drawn: np.ndarray | None = recorded.pixels
        words = f"Recorded run, after {recorded.seconds:.0f} s: {format_db(recorded.psnr_db)}"
    else:
        started, view = current
        shown, title = started.shown, started.title
        drawn = view.scores.pixels if view.scores else None
        words = f"Run {started.number} at step {view.step}: {format_db(view.scores.psnr_db)}" if view.scores else ""
        if started.unseen:
            words += ". Your photo is not among the photos it learns from"
    with st.container(key="train-pair", horizontal=True):
        st.image(shown, caption=f"Original: {title}", width="stretch")
        if drawn is None:
            st.image(np.full_like(shown, 128), caption="No picture before the first step", width="stretch")
        else:
            st.image(drawn, caption=words, width="stretch")
    if current is not None and current[0].digest != photo.digest:
        st.caption(f"This run shows {title}; the next one takes the photo chosen above.")


def _curves(runs: Sequence[Started], views: Sequence[RunView], theme: Theme) -> None:
    recorded = recorded_run()
    previous = len(runs) > 1 and bool(views[0].rows)
    ghost = _drawn(columns(views[0].rows) if previous else recorded.log)
    log = _drawn(columns(views[-1].rows)) if runs and views[-1].rows else {"step": []}
    method = runs[-1].settings.base if runs else ""
    figure = training_curves(
        log,
        ghost=ghost,
        ghost_name="previous run" if previous else "recorded run",
        method=method,
        height=CHART_PX,
        theme=theme,
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="train-chart",
        config={"displayModeBar": False},
        alt="Loss, PSNR and remainders over training steps",
    )
    if not previous:
        st.caption(f"Recorded run: {label_of(recorded.base)}, all gallery photos, seed 0, by `{COMMAND}`.")


def _drawn(log: dict[str, list[float]]) -> dict[str, list[float]]:
    """The columns that the chart draws, with the PSNR of the photo in place of that of the crops."""
    kept = {key: values for key, values in log.items() if key in ("step", "loss") or key.startswith("rms_")}
    return kept | ({"psnr_db": log["photo_psnr_db"]} if "photo_psnr_db" in log else {})


# ---- both runs ----


def _table(runs: Sequence[Started], views: Sequence[RunView], theme: Theme) -> None:
    """The latest run and what it is compared with: the run before, or at first the recorded one."""
    rows = [
        Row(
            (f"Run {started.number}, {label_of(started.settings.base)}", *_facts(started, view)),
            method=started.settings.base,
        )
        for started, view in zip(runs, views, strict=True)
    ]
    if len(rows) < 2:
        rows.insert(0, _recorded_row(recorded_run()))
    st.html(Table(_COLUMNS, tuple(rows)).html(theme, kind="stacks train-table"))
    if len(rows) > 1:
        if sentence := unequal_rates_sentence({row.cells[0]: _bits(row.method) for row in rows if row.method}):
            st.caption(sentence)
        if len({row.cells[_PHOTO_COLUMN] for row in rows}) > 1:
            st.caption("The two runs are measured on different photos, so their PSNR and L1 do not compare.")


def _facts(started: Started, view: RunView) -> tuple[str, ...]:
    learned = {"gallery": "gallery", "photo": "this photo"}[started.settings.data]
    scores = view.scores
    return (
        format_bits(_bits(started.settings.base)),
        learned,
        str(started.settings.seed),
        str(view.step),
        f"{view.seconds:.0f}",
        started.title,
        format_db(scores.psnr_db) if scores else MISSING,
        format_score(scores.l1) if scores else MISSING,
    )


def _recorded_row(recorded: RecordedRun) -> Row:
    facts = (
        format_bits(_bits(recorded.base)),
        "gallery",
        "0",
        str(recorded.steps),
        f"{recorded.seconds:.0f}",
        "Cat",
        format_db(recorded.psnr_db),
        format_score(recorded.l1),
    )
    return Row((f"Recorded run, {label_of(recorded.base)}", *facts), method=recorded.base)


# ---- words ----


@cache
def _bits(base: str) -> float:
    return bits_per_token(ZOO[base]) or 0.0


def _choice_label(base: str) -> str:
    stages = ZOO[base].num_stages
    return f"{label_of(base)} · {stages} stage{'' if stages == 1 else 's'} · {format_bits(_bits(base))}/token"


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"

"""Own quantizers on their way to a page: those that are ready, how far the others are, and why some cannot be shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from rfsq.app.shared.own_desk import OwnDesk, OwnWork
from rfsq.app.shared.own_quantizers import fit_to_network, known_fit, parse_own_name
from rfsq.app.shared.reconstructions import coded_photo, is_coded
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.machine.worker import Report
from rfsq.model.checkpoint import CheckpointError
from rfsq.style.palette import label_of

_LOOK_S = 1.0  # between two looks at what is not ready
_AT_ONCE_S = 0.5  # that a page waits, so that what is quick needs no second run


def ready_quantizers(names: Sequence[str], working: WorkingPhoto) -> tuple[str, ...]:
    """Those of these models whose quantizers have coded the photo. Of the others the page says how far they are, or the one
    sentence why they fail; it draws itself again when something has changed."""
    works: dict[str, OwnWork] = {}
    ready = []
    for name in names:
        found = parse_own_name(name)
        if found is None:
            continue
        desk = found[1].desk
        desk.look()
        if _is_coded(working, name):
            ready.append(name)
            continue
        work = desk.work((name, working.key, str(working.device)), partial(_code, working, name))
        if work.wait(_AT_ONCE_S) and not work.problem:
            ready.append(name)
        elif work.problem:
            say_problem(label_of(name), work, desk)
        else:
            works[name] = work
    if works:
        show_progress({_words(name): work for name, work in works.items()})
    return tuple(ready)


def show_progress(works: dict[str, OwnWork]) -> None:
    """A bar for each, by what it does; the page runs again when one of them has ended."""
    st.fragment(_progress, run_every=_LOOK_S)(works)


def say_problem(label: str, work: OwnWork, desk: OwnDesk) -> None:
    """The sentence, and a button for another try."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(f"{label} cannot be shown: {_closed(work.problem)}", width="stretch")
        st.button("Try again", key=f"again-{label}", on_click=desk.try_again, help="Runs its code once more.")


def _progress(works: dict[str, OwnWork]) -> None:
    for words, work in works.items():
        if work.done:
            st.rerun()
        if work.begun is None:
            st.progress(0.0, text=f"{words}: waits for its turn.")
            continue
        left = work.seconds_left
        st.progress(
            min(1.0, work.share), text=f"{words}." if left is None else f"{words}: about {_rounded(left)} left."
        )


def _code(working: WorkingPhoto, name: str, report: Report) -> None:
    fit_to_network(name, report)
    coded_photo(working, name)


def _is_coded(working: WorkingPhoto, name: str) -> bool:
    try:
        return is_coded(working, name)
    except CheckpointError:  # it is not fitted yet
        return False


def _words(name: str) -> str:
    network = name.partition(".")[0]
    if known_fit(name) is None:
        return f"{label_of(name)} is being fitted to {network}"
    return f"{label_of(name)} is quantizing the photo"


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _rounded(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"

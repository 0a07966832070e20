"""What a server does once, as soon as its first page stands: what others will need next, made while nobody waits."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from rfsq.app.shared.turns import later

_PAUSE_S: Final = 0.2  # between two tasks, for those who came meanwhile


def when_idle(tasks: Sequence[Callable[[], object]]) -> None:
    """Do these in a thread of their own, once for a process. Later calls do nothing.

    With the environment variable `RFSQ_IDLE_WORK=0` nothing is made ahead: on a machine that others need, or for a server
    that is soon stopped again.

    Afterwards everything that was loaded is set aside for Python's search for garbage: Streamlit has it made at the end of
    every run, and looking through all of torch and the pages each time takes longer than the run itself.
    """
    _begin(tuple(tasks) if os.environ.get("RFSQ_IDLE_WORK") != "0" else ())


@st.cache_resource(show_spinner=False)
def _begin(_tasks: tuple[Callable[[], object], ...]) -> threading.Thread:
    thread = threading.Thread(target=_work, args=(_tasks,), name="idle", daemon=True)
    thread.start()
    return thread


def _work(tasks: Sequence[Callable[[], object]]) -> None:
    set_aside()
    for task in tasks:
        time.sleep(_PAUSE_S)
        with later():
            task()
    set_aside()


def set_aside() -> None:
    """Leave out what exists now from later searches for garbage."""
    gc.collect()
    gc.freeze()

"""Pictures first, slow scores after them: what is not measured yet when the pictures are drawn, and how long it took."""

from __future__ import annotations

import contextlib
import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.compare.session import RunTime, session
from rfsq.app.compare.view import View
from rfsq.app.shared.measured_scores import known_scores, lpips_of, scores_key, scores_of
from rfsq.app.shared.own_models import any_own
from rfsq.app.shared.reconstructions import file_bytes_of, known_file_bytes
from rfsq.app.shared.rfsq_files import FILE_ERRORS
from rfsq.evidence.comparison import Scores
from rfsq.style.wording import format_ms


def measured_scores(view: View, name: str, k: int) -> Scores | None:
    """The scores of a picture, if they are known by now."""
    return session().measured.get(scores_key(view.working, name, k)) or known_scores(view.working, name, k)


def scored_panels(view: View) -> list[tuple[str, int]]:
    """The pictures whose scores the page shows: model and stage count, the ceiling last."""
    ceiling = [(view.choice.ceiling, 1)] if view.choice.ceiling else []
    return [*view.panels, *ceiling]


def finish_run(view: View, started: float, times: DeltaGenerator) -> None:
    """Measure what is not known yet and draw once more with it; or else say in `times` how long the server took.

    The pictures are on their way to the browser before the slow scores (ꟻLIP, SSIM, LPIPS) are measured.
    """
    memory = session()
    elapsed = 1e3 * (time.perf_counter() - started)
    waiting = [panel for panel in scored_panels(view) if measured_scores(view, *panel) is None]
    before, memory.pending = memory.pending, None
    if waiting:
        begun = time.perf_counter()
        # Kept beside the bounded store, so that a picture too large for it is not measured in a circle.
        memory.measured = {scores_key(view.working, name, k): _measure(view, name, k) for name, k in waiting}
        memory.pending = RunTime(elapsed, 1e3 * (time.perf_counter() - begun))
        st.rerun()
    run = RunTime(before.pictures_ms, before.scores_ms + elapsed) if before else RunTime(elapsed, 0.0)
    memory.log(run)
    pictures, scores = format_ms(run.pictures_ms), format_ms(run.scores_ms)
    times.caption(f"Server time of this change: pictures {pictures}, missing scores {scores}.")
    st.html(
        f'<div class="rfsq-timing" hidden data-run="{memory.runs}" data-pictures-ms="{run.pictures_ms:.1f}" '
        f'data-scores-ms="{run.scores_ms:.1f}" data-device="{view.working.device.type}"></div>'
    )


def _measure(view: View, name: str, k: int) -> Scores:
    lpips_of(view.working, name, k)
    measure_file(view, name, k)
    return scores_of(view.working, name, k)


def known_bytes(view: View, name: str, k: int) -> int | None:
    """The size of a picture's .rfsq file, if it was made by now; None where there is no file."""
    return known_file_bytes(view.working, name, k)


def measure_file(view: View, name: str, k: int) -> None:
    """Make the file of a picture, so that its size is known. Large pictures take seconds, own models have none."""
    if view.working.large or any_own([name]) or not view.has_rate(name, k):
        return
    with contextlib.suppress(*FILE_ERRORS):  # the download says what is wrong
        file_bytes_of(view.working, name, k)

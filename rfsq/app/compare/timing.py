"""Pictures first, all that is slow after them: what is still missing when the pictures are drawn, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.compare.claim import fair_rival, rival_panel
from rfsq.app.compare.files import find_levels, has_files, is_measuring, levels_to_find
from rfsq.app.compare.session import RunTime, session
from rfsq.app.compare.view import View
from rfsq.app.shared.measured_scores import (
    known_learned,
    known_scores,
    measure_learned,
    scores_key,
    scores_of,
)
from rfsq.app.shared.reconstructions import (
    decode,
    file_sizes,
    is_decoded,
    known_file_sizes,
    picture_of,
    start_picture,
)
from rfsq.app.shared.turns import later
from rfsq.app.viewer import fits_live
from rfsq.evidence.comparison import Scores
from rfsq.style.wording import format_ms


@dataclass(frozen=True)
class Missing:
    """Something that the page shows once it is known."""

    key: Hashable
    find: Callable[[], object]


def measured_scores(view: View, name: str, k: int) -> Scores | None:
    """The scores of a picture, if they are known by now."""
    found = session().measured.get(scores_key(view.working, name, k))
    return found if isinstance(found, Scores) else known_scores(view.working, name, k)


def scored_panels(view: View) -> list[tuple[str, int]]:
    """The pictures whose scores the page shows: model and stage count, the ceiling last."""
    ceiling = [(view.choice.ceiling, 1)] if view.choice.ceiling else []
    return [*view.panels, *ceiling]


def finish_run(view: View, started: float, times: DeltaGenerator) -> None:
    """Find what is not known yet and draw once more with it; or else say in `times` how long the server took.

    The pictures are on their way to the browser before the pictures of other stages, the files and the slow scores
    (ꟻLIP, SSIM, ST-LPIPS, LPIPS) are made.
    """
    memory = session()
    elapsed = 1e3 * (time.perf_counter() - started)
    before, memory.pending = memory.pending, None
    # Kept beside the bounded store, so that what is too large for it is not made in a circle.
    found = memory.measured if before else {}
    waiting = [missing for missing in _missing(view) if missing.key not in found]
    if waiting:
        begun = time.perf_counter()
        with later():
            memory.measured = {**found, **{missing.key: missing.find() for missing in waiting}}
        spent = 1e3 * (time.perf_counter() - begun)
        pictures_ms, scores_ms = (before.pictures_ms, before.scores_ms + elapsed) if before else (elapsed, 0.0)
        memory.pending = RunTime(pictures_ms, scores_ms + spent)
        st.rerun()
    run = RunTime(before.pictures_ms, before.scores_ms + elapsed) if before else RunTime(elapsed, 0.0)
    memory.log(run)
    pictures, scores = format_ms(run.pictures_ms), format_ms(run.scores_ms)
    times.caption(f"Server time of this change: pictures {pictures}, missing scores {scores}.")
    st.html(
        f'<div class="rfsq-timing" hidden data-run="{memory.runs}" data-pictures-ms="{run.pictures_ms:.1f}" '
        f'data-scores-ms="{run.scores_ms:.1f}" data-device="{view.working.device.type}"></div>'
    )


def _missing(view: View) -> list[Missing]:
    """In the order in which people want it: pictures of other stages, files, scores."""
    working, missing = view.working, []
    if fits_live(*working.size, [len(view.plan.stages[name]) for name in view.choice.shown]):
        frames = [(name, k) for name in view.choice.shown for k in dict.fromkeys(view.plan.stages[name])]
        if not is_decoded(working, frames):
            missing.append(Missing(("frames", working.key, *frames), partial(decode, working, frames)))
        missing += [
            Missing(("start", working.key, name), partial(start_picture, working, name))
            for name in view.choice.shown
            if view.pictures[name].start is None
        ]
    rivals = [name for name in [fair_rival(view)] if name is not None and view.plan.reference is not None]
    missing += [
        Missing(("files", working.key, name), partial(file_sizes, working, name))
        for name in (*view.choice.shown, *rivals)
        if has_files(working, name) and known_file_sizes(working, name) is None
    ]
    levels = levels_to_find(view.settings, view.choice, working)
    missing += [Missing(("levels", working.key, *asked), partial(find_levels, working, *asked)) for asked in levels]
    if levels or is_measuring(view.settings, view.choice, working):
        return missing  # other pictures will be shown: scores are of those
    rival = None if working.large else rival_panel(view)  # of a large photo that would take as long as all the rest
    if rival is not None and not is_decoded(working, [rival]):
        missing.append(Missing(("rival", working.key, *rival), partial(picture_of, working, *rival)))
    for name, k in scored_panels(view):
        if measured_scores(view, name, k) is None:
            missing.append(Missing(scores_key(working, name, k), partial(scores_of, working, name, k)))
    panels = scored_panels(view)
    if any(known_learned(working, name, k) is None for name, k in panels):
        missing.append(Missing(("learned", working.key, *panels), partial(measure_learned, working, panels)))
    return missing

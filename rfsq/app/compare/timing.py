"""Pictures first, all that is slow after them: a run ends when the pictures are drawn, and the page runs again by itself when
there is more to draw; how long it took."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.compare.needs import needs_of
from rfsq.app.compare.rest import Rest, key_of
from rfsq.app.compare.session import session
from rfsq.app.compare.view import View
from rfsq.style.wording import format_ms


def take_rest(view: View) -> Rest:
    """What this view needs beside its pictures, with as much of it as is found by now. What only the view before it needed is
    given up."""
    memory = session()
    before, by_itself, memory.by_itself = memory.rest, memory.by_itself, False
    follows = before is not None and by_itself and before.settings == view.settings
    steps = needs_of(view)
    if before is not None and before.key == key_of(steps) and not before.given_up:
        before.look_again(follows=follows)
        return before
    if before is not None:
        before.give_up()
    memory.rest = Rest(view.settings, steps, before if follows else None)
    return memory.rest


def finish_run(view: View, rest: Rest, started: float, times: DeltaGenerator) -> None:
    """Have what is missing computed beside the page; or else say in `times` how long the server took.

    The pictures are on their way to the browser, and this run ends: the pictures of other stages, the files and the slow
    scores (ꟻLIP, SSIM, ST-LPIPS, LPIPS) are drawn by the next ones.
    """
    run_ms = 1e3 * (time.perf_counter() - started)
    if rest.missing:
        interval = rest.begin(run_ms)
        st.html('<div class="rfsq-computing" hidden></div>')
        st.fragment(_watch, run_every=interval)(rest)
        return
    memory, run = session(), rest.end(run_ms)
    memory.log(run)
    pictures, scores = format_ms(run.pictures_ms), format_ms(run.scores_ms)
    times.caption(f"Server time of this change: pictures {pictures}, missing scores {scores}.")
    st.html(
        f'<div class="rfsq-timing" hidden data-run="{memory.runs}" data-pictures-ms="{run.pictures_ms:.1f}" '
        f'data-scores-ms="{run.scores_ms:.1f}" data-device="{view.working.device.type}"></div>'
    )


def _watch(rest: Rest) -> None:
    """Draws nothing. The browser asks for it now and then; when there is news the page is drawn again."""
    if rest.has_news:
        session().by_itself = True
        st.rerun()

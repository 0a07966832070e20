"""Large photos: computed beside the page, which says how long it takes and leaves it at any moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import streamlit as st

from rfsq.app.compare.choice import Choice
from rfsq.app.compare.plan import equal_stages
from rfsq.app.compare.session import SIZE, session
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.view import panels_of
from rfsq.app.shared.pace import pace
from rfsq.app.shared.reconstructions import coded_photo, decode, is_coded, is_decoded, network_of, picture_of
from rfsq.app.shared.slow_work import Report, SlowWork
from rfsq.app.shared.working_photo import SIZES, WorkingPhoto
from rfsq.app.viewer.pictures import encode_picture
from rfsq.model.autoencoder import Progress
from rfsq.model.checkpoint import CheckpointError

CANCEL: Final = "cancel-large"  # key of the button
_QUIET_S, _POLL_S = 0.3, 0.7  # before anything is said, and between two looks at it
_REQUANTIZE: Final = 0.1  # time of another stack around a network that has encoded the photo, by that of encoding


@dataclass(frozen=True)
class _Step:
    """A part of the work: what it should take here, None where nothing was measured yet, and the doing."""

    seconds: float | None
    run: Callable[[Progress], object]


def finish_large(settings: Settings, choice: Choice, working: WorkingPhoto) -> Choice:
    """Return once all pictures of a large photo are there; until then the page draws itself again and again.

    So whatever is chosen meanwhile, another size or another page, is answered at once, and the old pictures stay on
    screen. The grey lines of strategies that are not shown would take as long again: a large photo goes without them.
    """
    memory = session()
    if not working.large:
        if memory.work is not None:
            memory.work.give_up()
            memory.work = None
        return choice
    panels = panels_of(settings, choice, equal_stages(choice.counts))
    key = (working.key, str(working.device), panels)
    if memory.work is None or memory.work.key != key or memory.work.given_up:
        if memory.work is not None:
            memory.work.give_up()
        if memory.rest is not None:
            memory.rest.give_up()  # of the view before: nobody sees it while this one is computed
        steps = _steps(working, panels)
        known = [step.seconds for step in steps if step.seconds is not None]
        expected = sum(known) if len(known) == len(steps) else None
        memory.work = SlowWork(key, partial(_compute, steps), expected_s=expected)
    if not memory.work.wait(_QUIET_S):
        _say_how_long(memory.work, working, len(choice.shown))
        memory.work.wait(_POLL_S)
        st.rerun()
    if memory.work.error is not None:
        raise memory.work.error
    return replace(choice, behind=())


def _say_how_long(work: SlowWork, working: WorkingPhoto, methods: int) -> None:
    megapixels = working.size[0] * working.size[1] / 1e6
    words = f"{megapixels:.1f} megapixels, {methods} method{'' if methods == 1 else 's'}: "
    left = work.seconds_left
    words += (
        "nothing was measured here yet, so the first part shows how long it takes."
        if left is None
        else (f"about {_rounded(left)} left on this machine.")
    )
    if work.expected_s:
        rate = work.expected_s / (megapixels * max(1, methods))
        words += f" Smaller pictures took {rate:.1f} s per megapixel and method."
    st.progress(min(1.0, work.share), text=words)
    st.button(f"Cancel, back to {SIZES[Settings().size]}", key=CANCEL, on_click=_cancel)


def _cancel() -> None:
    """Cancel was pressed; runs before the page is drawn again."""
    st.session_state[SIZE] = Settings().size


def _steps(working: WorkingPhoto, panels: Sequence[tuple[str, int]]) -> list[_Step]:
    """What is not made yet: coding with every model, the pictures, and their files for the browser."""
    megapixels = working.size[0] * working.size[1] / 1e6
    steps, encoded = [], set()
    for name in dict.fromkeys(name for name, _ in panels):
        try:
            network = network_of(working, name)
            if not is_coded(working, name):
                seconds = pace().seconds("encode", network, megapixels)
                share = _REQUANTIZE if network in encoded else 1 + _REQUANTIZE
                encoded.add(network)
                steps.append(_Step(seconds and share * seconds, partial(coded_photo, working, name)))
            for panel in panels:
                if panel[0] == name and not is_decoded(working, [panel]):
                    seconds = pace().seconds("decode", network, megapixels)
                    steps.append(_Step(seconds, partial(_draw, working, panel)))
        except CheckpointError:  # is said where the model is used
            continue
    return steps


def _draw(working: WorkingPhoto, panel: tuple[str, int], progress: Progress) -> None:
    decode(working, [panel], progress)
    encode_picture(picture_of(working, *panel).pixels)


def _compute(steps: Sequence[_Step], report: Report) -> None:
    weights = [step.seconds or 1.0 for step in steps]
    for number, step in enumerate(steps):
        before, weight, total = sum(weights[:number]), weights[number], sum(weights)

        def tell(share: float, before: float = before, weight: float = weight, total: float = total) -> None:
            report((before + weight * share) / total)

        tell(0.0)
        step.run(tell)


def _rounded(seconds: float) -> str:
    """ "40 s", "3 min": no more exact than it is known."""
    return f"{max(5, 5 * round(seconds / 5))} s" if seconds < 100 else f"{round(seconds / 60)} min"

"""What a view lacks when its pictures are drawn: computed beside the page, in steps after each of which the page is drawn anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

from rfsq.app.compare.settings import Settings
from rfsq.app.shared.slow_work import Report, SlowWork, viewers_line
from rfsq.style.wording import listed

_LOG = logging.getLogger(__name__)
_LOOK_S, _LOOK_LATER_S = 0.4, 3.0  # between two looks at it: when it is next, and at most
_LOOK_SHARE = 0.2  # seconds more for each work that comes before it


@dataclass(frozen=True)
class Need:
    """Something that the page shows once it is known."""

    key: Hashable
    words: str  # what it is, for people
    known: Callable[[], bool]
    find: Callable[[], object]


@dataclass(frozen=True)
class RunTime:
    """How long the server took for one change."""

    pictures_ms: float
    scores_ms: float


@dataclass(frozen=True)
class _Drawn:
    """The pictures of a change."""

    pictures_ms: float  # of the run that drew them
    at: float  # clock at its end


class Rest:
    """What one view needs beside the pictures on screen, and as much of it as was found for it.

    steps: what the page draws together. before: that of the view which this one followed by itself, as other pictures are
    shown once the bytes of files are known; what it found or could not find stands.
    """

    def __init__(self, settings: Settings, steps: Sequence[Sequence[Need]], before: Rest | None = None) -> None:
        self.settings = settings
        self.key = key_of(steps)
        # Kept beside the bounded store, so that what is too large for it is not made in a circle.
        self.found: dict[Hashable, object] = dict(before.found) if before else {}
        self._failed: dict[Hashable, str] = dict(before._failed) if before else {}
        self._drawn: _Drawn | None = before._drawn if before else None
        self._steps = steps
        self._work: SlowWork | None = None
        self._look()

    @property
    def missing(self) -> bool:
        """Whether there was something to find when the run began that draws it."""
        return bool(self._lacking)

    @property
    def problem(self) -> str | None:
        """What could not be computed, a sentence."""
        if not self._failed:
            return None
        what = listed(list(dict.fromkeys(self._failed.values())))
        return f"Could not be computed: {what}. The next change of the view tries again."

    @property
    def given_up(self) -> bool:
        """Whether it ended because the page gave no sign."""
        return self._work is not None and self._work.given_up

    @property
    def has_news(self) -> bool:
        """Whether there is more to draw than at the last look, or nothing more to come. Asking keeps the work alive."""
        assert self._work is not None, "begun"
        return self._work.wait(0) or self._work.steps_done > self._steps_seen

    def look_again(self, *, follows: bool) -> None:
        """Another run of the same needs: it draws what is known by now. `follows`: because something was found; otherwise a
        person changed something else."""
        if not follows:
            self._drawn = None
        self._look()

    def begin(self, pictures_ms: float) -> float:
        """The pictures are drawn, in so many ms: have the rest computed, unless it is already. Returns the seconds after which
        it is worth asking for news."""
        if self._drawn is None:
            self._drawn = _Drawn(pictures_ms, time.monotonic())
        line = viewers_line()
        if self._work is None or self._work.wait(0):  # or what was known is not kept any more
            self._work = SlowWork(self.key, *(partial(self._find, step) for step in self._lacking), line=line)
        return min(_LOOK_LATER_S, _LOOK_S + _LOOK_SHARE * max(0, len(line) - 1))

    def end(self, run_ms: float) -> RunTime:
        """A run drew all of it, in so many ms. Returns how long the server took for the change."""
        drawn, self._drawn = self._drawn, None
        self.give_up()
        if drawn is None or self._work is None:
            return RunTime(run_ms, 0.0)
        return RunTime(drawn.pictures_ms, 1e3 * max(0.0, self._work.ended - drawn.at) + run_ms)

    def give_up(self) -> None:
        """Nobody needs it any more."""
        if self._work is not None:
            self._work.give_up()

    def _look(self) -> None:
        self._steps_seen = self._work.steps_done if self._work else 0
        self._lacking = [step for step in self._steps if self._missing(step)]

    def _missing(self, step: Sequence[Need]) -> list[Need]:
        settled = {**self.found, **self._failed}
        return [need for need in step if need.key not in settled and not need.known()]

    def _find(self, step: Sequence[Need], report: Report) -> None:
        for number, need in enumerate(self._missing(step)):
            report(number / len(step))
            try:
                self.found[need.key] = need.find()
            except Exception as error:  # noqa: BLE001  # logged, and said on the page
                _LOG.exception("%s of Compare could not be computed", need.words)
                reason = str(error).partition("\n")[0].rstrip(".")
                self._failed[need.key] = f"{need.words} ({reason or type(error).__name__})"


def key_of(steps: Sequence[Sequence[Need]]) -> Hashable:
    """Names what a view needs: another view, or other pictures in it, need something else."""
    return tuple(need.key for step in steps for need in step)

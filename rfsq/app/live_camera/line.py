"""Who may stream: so many at once, and the next ones in the order in which they came."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from typing import Final

TURN_S: Final = 180.0  # that a turn lasts when others have waited as long


class Line:
    """One for a process, used by its event loop alone."""

    def __init__(self, places: int, waiting: int, turn_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.places = places  # streams at once
        self.waiting = waiting  # that may stand in line behind them
        self.turn_s = turn_s  # after which a turn ends, if somebody has waited as long
        self.clock = clock
        self._tickets: list[Ticket] = []  # streams first, then those who wait, as they came

    def enter(self, moved: Callable[[], None]) -> Ticket | None:
        """Stand in line; None where it is full. `moved` is called whenever someone before leaves, or begins to wait."""
        if len(self._tickets) >= self.places + self.waiting:
            return None
        ticket = Ticket(self, moved)
        self._append(ticket)
        return ticket

    def ahead(self, ticket: Ticket) -> int:
        """Whose turn comes before: 0 for one whose turn it is."""
        return max(0, self._tickets.index(ticket) - self.places + 1)

    def over_at(self, ticket: Ticket) -> float | None:
        """When a turn ends, by the clock: with others in line the longest turn is the next to end, `turn_s` after it began
        and after the first of them came. None for the turns of others, and while nobody waits."""
        if len(self._tickets) <= self.places or self._tickets[0] is not ticket:
            return None
        return max(ticket.since, self._tickets[self.places].since) + self.turn_s

    def leave(self, ticket: Ticket) -> None:
        """Give the place to the next."""
        at = self._tickets.index(ticket)
        self._tickets.remove(ticket)
        if at < self.places <= len(self._tickets):
            self._tickets[self.places - 1].since = self.clock()  # its turn begins
        for behind in self._tickets[at:]:
            behind.moved()

    def to_the_end(self, ticket: Ticket) -> None:
        """Give the place to the next, and stand in line again behind all."""
        self.leave(ticket)
        self._append(ticket)

    def _append(self, ticket: Ticket) -> None:
        ticket.since = self.clock()
        self._tickets.append(ticket)
        if len(self._tickets) > self.places:
            self._tickets[0].moved()

    @property
    def streams(self) -> int:
        """How many stream now."""
        return min(self.places, len(self._tickets))


class Ticket:
    """One place in the line."""

    def __init__(self, line: Line, moved: Callable[[], None]) -> None:
        self._line, self.moved = line, moved
        self.since = 0.0  # when its turn began or, before it, its wait; by the line's clock

    @property
    def ahead(self) -> int:
        """How many turns come before: 0 when it is this one's."""
        return self._line.ahead(self)

    @property
    def over_in(self) -> float | None:
        """Seconds until this turn ends because others wait, 0 if it should have; None while it need not."""
        at = self._line.over_at(self)
        return None if at is None else max(0.0, at - self._line.clock())

    def to_the_end(self) -> None:
        """Give the place to the next, and wait again."""
        self._line.to_the_end(self)

    def leave(self) -> None:
        """Give it up."""
        self._line.leave(self)


def turn_s() -> float:
    """How long a turn lasts while others wait: RFSQ_CAMERA_TURN_S in the environment, TURN_S otherwise.

    Raises ValueError for a setting that is no number of seconds above 0."""
    asked = os.environ.get("RFSQ_CAMERA_TURN_S") or str(TURN_S)
    try:
        seconds = float(asked)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ValueError(f"RFSQ_CAMERA_TURN_S must be a number of seconds above 0, got {asked!r}")
    return seconds

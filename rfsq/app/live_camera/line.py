"""Who may stream: so many at once, and the next ones in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable


class Line:
    """One for a process, used by its event loop alone."""

    def __init__(self, places: int, waiting: int) -> None:
        self.places = places  # streams at once
        self.waiting = waiting  # that may stand in line behind them
        self._tickets: list[Ticket] = []  # streams first, then those who wait, as they came

    def enter(self, moved: Callable[[], None]) -> Ticket | None:
        """Stand in line; None where it is full. `moved` is called whenever someone before leaves."""
        if len(self._tickets) >= self.places + self.waiting:
            return None
        ticket = Ticket(self, moved)
        self._tickets.append(ticket)
        return ticket

    def ahead(self, ticket: Ticket) -> int:
        """Whose turn comes before: 0 for one whose turn it is."""
        return max(0, self._tickets.index(ticket) - self.places + 1)

    def leave(self, ticket: Ticket) -> None:
        """Give the place to the next."""
        at = self._tickets.index(ticket)
        self._tickets.remove(ticket)
        for behind in self._tickets[at:]:
            behind.moved()

    @property
    def streams(self) -> int:
        """How many stream now."""
        return min(self.places, len(self._tickets))


class Ticket:
    """One place in the line."""

    def __init__(self, line: Line, moved: Callable[[], None]) -> None:
        self._line, self.moved = line, moved

    @property
    def ahead(self) -> int:
        """How many turns come before: 0 when it is this one's."""
        return self._line.ahead(self)

    def leave(self) -> None:
        """Give it up."""
        self._line.leave(self)

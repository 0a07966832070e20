"""Controls whose values the app replaces, too, and what a browser says of them that has not read of it.

With every message the browser sends the values of all controls that it has. What was sent before a new value was read would put
the old one back: a guided step, or the choice that led to others, would be undone. In a popover that is closed, Streamlit draws
nothing, so the browser reads of a new value only when it is opened, and says the old one until then, however late.

Hence a mark: a number that nobody sees, drawn behind the controls in the same place, and another one after each replacement.
The number that comes with a message is the last one that its browser had read of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

_NOTHING: Final = object()
_KEY: Final = "replaced"  # what keys of marks, and of their containers, begin with: look.css hides them


@dataclass(frozen=True)
class _Value:
    """What a control holds from a mark's number on."""

    number: int
    value: Any


@dataclass
class Replaced:
    """The controls of one page or part, in a session. `name`: begins the keys of its marks.

    Controls that change together with others are set by `put` alone, and changed by functions that `heard` has wrapped.
    """

    name: str
    _number: int = 0  # of the last replacement: milliseconds since 1970 or more, so that it grows across sessions
    _mark_of: dict[str, str] = field(default_factory=dict)  # by keys of controls: the mark that is drawn behind them
    # What controls held, oldest first, since the number that came last; none while the browser is known to know.
    _values: dict[str, list[_Value]] = field(default_factory=dict)

    def put(self, key: str, value: object) -> None:
        """Have a control hold a value, before it is drawn. One that it holds already is not sent to the browser again, where
        it would take the place of what a person chooses meanwhile."""
        state = st.session_state
        held, values = state.get(key, _NOTHING), self._values.get(key)
        if held == value and not values:
            return
        state[key] = value
        if held is _NOTHING or key not in self._mark_of:
            return  # the browser has no such control
        if values is None:
            values = self._values[key] = [_Value(self._said(key), held)]
        if values[-1].value != value:
            self._number = max(time.time_ns() // 1_000_000, self._number + 1)
            values.append(_Value(self._number, value))

    def heard(self, key: str, take: Callable[[], None]) -> Callable[[], None]:
        """What to call when the control holds another value: `take`, if that is a person's choice."""

        def hear() -> None:
            self.hear()
            values = self._values.get(key)
            if not values or st.session_state[key] != values[-1].value:
                take()

        return hear

    def hear(self) -> None:
        """A message came; call it before anything reads a control. What it says without having read of a replacement is put
        right, the rest are choices."""
        for key in list(self._values):
            if self._is_old(key):
                st.session_state[key] = self._values[key][-1].value
            elif self._said(key) >= self._values[key][-1].number:
                del self._values[key]

    @contextmanager
    def marked(self, place: str, *keys: str) -> Iterator[None]:
        """Controls with these keys are drawn inside; the mark comes behind them. place: another name for each place that is
        shown or not as a whole, as a popover is."""
        yield
        mark = f"{_KEY}-{self.name}-{place}"
        self._mark_of |= dict.fromkeys(keys, mark)
        if st.session_state.get(mark) != self._number:
            st.session_state[mark] = self._number
        with st.container(key=f"{mark}-box"):
            st.number_input("What this page has read of", 0, key=mark, on_change=self.hear)

    def _is_old(self, key: str) -> bool:
        """Whether the control holds what the browser had read of, and that is no longer so."""
        values = self._values.get(key)
        if not values:
            return False
        said = self._said(key)
        known = [value for value in values if value.number <= said] or values[:1]
        return known[-1] is not values[-1] and bool(st.session_state.get(key, _NOTHING) == known[-1].value)

    def _said(self, key: str) -> int:
        """The number that came with the last message."""
        return int(st.session_state.get(self._mark_of[key]) or 0)

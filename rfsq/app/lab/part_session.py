"""What a part of the Lab remembers of a session: settings that its controls hold, and what the browser was told."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

import streamlit as st

from rfsq.app.lab.switch import values_for
from rfsq.app.shared.carried import open_photo
from rfsq.app.shared.link_reader import LinkValues


class PartSettings(Protocol):
    """A frozen dataclass, of which one field names the photo."""

    @property
    def photo(self) -> str: ...


Settings = TypeVar("Settings", bound=PartSettings)
_ON_ITS_WAY_S = 0.75  # after a run what it told the browser may cross a message of the browser


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class PartSession(Generic[Settings]):
    """The settings of a part, and what came with its link.

    A control holds one setting, which is the end of its key; two controls hold a pair of channels. Streamlit keeps their
    values while the session lasts (`persist_state="session"`), also of those that a link hides.
    """

    PART: ClassVar[str]  # its name in links
    NAME: ClassVar[str]  # of this memory in the session
    KEYS: ClassVar[str]  # what the keys of its controls begin with
    HELD: ClassVar[tuple[str, ...]]  # the settings that controls hold

    settings: Settings
    opened: Settings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]
    command: int = field(default_factory=_clock_ms)  # of the last message that moved the picture: grows across sessions
    runs: int = 0  # drawn to their end
    # What controls held before a change that moves the picture, and when the browser was told (clock). Until then it says
    # with every message that they hold it still.
    _replaced: dict[str, Any] = field(default_factory=dict)
    _told: float = math.inf

    @classmethod
    def of_page(cls, read_link: Callable[[LinkValues], tuple[Settings, tuple[str, ...]]]) -> Self:
        """This session's memory; at its start from the page's address."""
        state = st.session_state
        if cls.NAME not in state:
            values = values_for(cls.PART)
            settings, notes = read_link(values)
            state[cls.NAME] = memory = cls(settings, settings, notes)
            memory.change(settings)
            if values:
                memory.open(values)
        found: Self = state[cls.NAME]
        return found

    @classmethod
    def key(cls, setting: str) -> str:
        """The key of the control that holds a setting."""
        return f"{cls.KEYS}-{setting}"

    @classmethod
    def channel_keys(cls) -> tuple[str, str]:
        """The keys of the controls that hold a pair of channels: across, up."""
        return cls.key("a"), cls.key("b")

    def open(self, values: LinkValues) -> None:
        """The part was opened by a link: other pages follow it."""
        open_photo(self.settings.photo)

    def change(self, settings: Settings, *, move: bool = False) -> None:
        """Other settings, which the controls take over; `move`: the picture in the browser takes its part from them, too."""
        self.settings = settings
        self._forget_replaced()
        for setting in self.HELD:
            value = getattr(settings, setting)
            if setting == "channels":
                for key, channel in zip(self.channel_keys(), value, strict=True):
                    self._hold(key, channel, move)
            else:
                self._hold(self.key_now(setting), list(value) if isinstance(value, tuple) else value, move)
        if move:
            self.command = max(_clock_ms(), self.command + 1)

    def moved(self) -> Settings:
        """The settings as the controls stand. A pair of channels that are the same one is none: the one before stays."""
        before = self.settings
        values: dict[str, Any] = {}
        for setting in self.HELD:
            held = getattr(before, setting)
            if setting == "channels":
                across, up = (self._held(key, one) for key, one in zip(self.channel_keys(), held, strict=True))
                if across != up:
                    values[setting] = (across, up)
            else:
                value = self._held(self.key_now(setting), held)
                values[setting] = tuple(value) if isinstance(value, list) else value
        return cast(Settings, replace(cast(Any, before), **values))

    def finish_run(self) -> None:
        """A run came to its end: what the controls hold is on its way to the browser."""
        self.runs += 1
        self._told = time.monotonic()

    def _hold(self, key: str, value: object, move: bool) -> None:
        """Have a control hold a value; `move`: while the picture in the browser may send a message, with what it held before."""
        state = st.session_state
        if move and key in state and state[key] != value:
            self._replaced.setdefault(key, state[key])
            self._told = math.inf
        state[key] = value

    def _held(self, key: str, value: object) -> Any:
        """What a control holds; `value`, which is the settings', if that is what the browser could not know to be replaced."""
        self._forget_replaced()
        held = st.session_state[key]
        return value if key in self._replaced and held == self._replaced[key] else held

    def _forget_replaced(self) -> None:
        """The browser knows by now what the controls hold."""
        if time.monotonic() - self._told > _ON_ITS_WAY_S:
            self._replaced.clear()

    def key_now(self, setting: str) -> str:
        """The key of the control that holds a setting, where which control it is depends on the others."""
        return self.key(setting)

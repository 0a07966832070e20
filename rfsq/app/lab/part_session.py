"""What a part of the Lab remembers of a session: settings that its controls hold, and what the browser was told."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

import streamlit as st

from rfsq.app.lab.switch import values_for
from rfsq.app.shared.carried import open_photo
from rfsq.app.shared.link_reader import LinkValues
from rfsq.app.shared.replaced import Replaced


class PartSettings(Protocol):
    """A frozen dataclass, of which one field names the photo."""

    @property
    def photo(self) -> str: ...


Settings = TypeVar("Settings", bound=PartSettings)


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
    known: Settings | None = None  # before that: what the browser has other than that was chosen meanwhile
    runs: int = 0  # drawn to their end
    replaced: Replaced = field(init=False)  # the controls, as a step or a link sets them

    def __post_init__(self) -> None:
        self.replaced = Replaced(self.KEYS)

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
        if move:
            self.command, self.known = max(_clock_ms(), self.command + 1), self.settings
        self.settings = settings
        for setting in self.HELD:
            value = getattr(settings, setting)
            if setting == "channels":
                for key, channel in zip(self.channel_keys(), value, strict=True):
                    self.replaced.put(key, channel)
            else:
                self.replaced.put(self.key_now(setting), list(value) if isinstance(value, tuple) else value)

    def moved(self) -> Settings:
        """The settings as the controls stand. A pair of channels that are the same one is none: the one before stays."""
        self.replaced.hear()
        before, state = self.settings, st.session_state
        values: dict[str, Any] = {}
        for setting in self.HELD:
            if setting == "channels":
                across, up = (state[key] for key in self.channel_keys())
                if across != up:
                    values[setting] = (across, up)
            else:
                value = state[self.key_now(setting)]
                values[setting] = tuple(value) if isinstance(value, list) else value
        return cast(Settings, replace(cast(Any, before), **values))

    def marked(self, place: str, *settings: str) -> AbstractContextManager[None]:
        """Controls that hold these settings are drawn inside; `place` names where, as a popover of its own."""
        pairs = (self.channel_keys() if setting == "channels" else (self.key_now(setting),) for setting in settings)
        return self.replaced.marked(place, *chain.from_iterable(pairs))

    def key_now(self, setting: str) -> str:
        """The key of the control that holds a setting, where which control it is depends on the others."""
        return self.key(setting)

"""Reading the values of a link: every one comes from outside, is checked, replaced if wrong, and the repair said."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Final

VERSION: Final = 1  # of all links of the app
_SHOWN_CHARS: Final = 24  # of a wrong value, in the sentence about it


class LinkReader:
    """The parameters of one link, with a sentence in `notes` for each that had to be replaced.

    Missing parameters get their defaults without a word; parameters that nobody asks for are left alone.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.notes: list[str] = []

    def say(self, sentence: str) -> None:
        self.notes.append(sentence)

    def check_version(self) -> None:
        version = self.values.get("v", str(VERSION))
        if version != str(VERSION):
            self.say(f"The link has version {quoted(version)}, this app knows {VERSION}. Showing the rest.")

    def choice(self, key: str, allowed: Collection[str], default: str, problem: str) -> str:
        """One of a few words. `problem` begins the sentence: "There is no source" … "“x”, which the link asks for"."""
        value = self.values.get(key, default)
        if value in allowed:
            return value
        self.say(f"{problem} “{quoted(value)}”, which the link asks for. Showing {default}.")
        return default

    def several(self, key: str, allowed: Collection[str], problem: str) -> tuple[str, ...]:
        """Words from a few, separated by commas, each once."""
        words = dict.fromkeys(word for word in self.values.get(key, "").split(",") if word)
        for word in [word for word in words if word not in allowed][:1]:
            self.say(f"{problem} “{quoted(word)}”, which the link asks for. It is left out.")
        return tuple(word for word in words if word in allowed)

    def whole(self, key: str, low: int, high: int, default: int, what: str) -> int:
        """A whole number, moved to the nearest end when it is out of range. `what`: "stages"."""
        text = self.values.get(key)
        if text is None:
            return default
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            self.say(f"The link asks for “{quoted(text)}” {what}, which is no whole number. Showing {default}.")
            return default
        asked = int(text)
        if not low <= asked <= high:
            shown = min(max(asked, low), high)
            self.say(f"The link asks for {asked} {what}; {low} to {high} are possible. Showing {shown}.")
            return shown
        return asked

    def numbers(self, key: str, low: float, high: float, most: int, what: str) -> tuple[float, ...]:
        """Numbers separated by commas, at most `most`; none of them if one is no number in [low, high]."""
        text = self.values.get(key, "")
        if not text:
            return ()
        try:
            found = tuple(float(part) for part in text[: 32 * most].split(",")[:most])
        except ValueError:
            found = (math.nan,)
        if all(low <= value <= high for value in found):
            return found
        self.say(f"The link's {what} “{quoted(text)}” are not numbers from {low:g} to {high:g}. They are left out.")
        return ()


def quoted(value: str) -> str:
    """A value of a link as harmless text: short, no markup."""
    plain = re.sub(r"[^A-Za-z0-9 .,+-]", "?", value)
    return plain if len(plain) <= _SHOWN_CHARS else plain[: _SHOWN_CHARS - 1] + "…"

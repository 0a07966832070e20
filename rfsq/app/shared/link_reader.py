"""Reading the values of a link: every one comes from outside, is checked, replaced if wrong, and the repair said."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rfsq.app.shared.working_photo import OWN_PHOTO

VERSION: Final = 1  # of all links of the app
_FAR: Final = 10**9  # what any larger whole number counts as
_SHOWN_CHARS: Final = 24  # of a wrong value, in the sentence about it

LinkValues = Mapping[str, str | Sequence[str]]  # a value, or all values that the link gives for one name


@dataclass(frozen=True)
class _Fault:
    """What is wrong with one parameter, and what the page does instead: two sentences."""

    fault: str
    outcome: str


class LinkReader:
    """The parameters of one link, with one note for each that had to be replaced, whatever is wrong with it.

    Missing parameters get their defaults without a word; parameters that nobody asks for are left alone.
    """

    def __init__(self, values: LinkValues) -> None:
        self._values = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in values.items()}
        self._faults: dict[str, _Fault] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong and what is shown instead, for each parameter at fault."""
        return tuple(f"{found.fault} {found.outcome}" for found in self._faults.values())

    def say(self, key: str, fault: str, outcome: str) -> None:
        """Note what is wrong with a parameter ("The link asks for 9 stages, this model has 4.") and what is done
        instead ("Showing 4."). Of several faults of one parameter the first is told, with the last outcome."""
        known = self._faults.get(key)
        self._faults[key] = _Fault(fault, outcome) if known is None else replace(known, outcome=outcome)

    def text(self, key: str) -> str | None:
        """The value as it stands in the link, the last one if it gives several; None if it gives none."""
        found = self._values.get(key, ())
        if len(set(found)) > 1:
            self.say(key, f"The link gives {len(set(found))} values for “{key}”.", "The last one counts.")
        return found[-1] if found else None

    def check_version(self) -> None:
        version = self.text("v")
        if version == "":
            self.say("v", "The link's version is empty.", "Showing the rest.")
        elif version not in (None, str(VERSION)):
            self.say("v", f"The link has version {quoted(version)}, this app knows {VERSION}.", "Showing the rest.")

    def photo(self, allowed: Collection[str], default: str) -> str:
        """The name of one of these photos. A sender's own photo is in no link."""
        if self.text("photo") == OWN_PHOTO and OWN_PHOTO not in allowed:
            self.say("photo", "The sender's own photo is not in a link.", "Showing an example instead.")
            return default
        return self.choice("photo", allowed, default, "There is no example photo")

    def choice(self, key: str, allowed: Collection[str], default: str, problem: str) -> str:
        """One of a few words; of a mapping, its names are told. `problem` begins the sentence: "There is no source" …
        "“x”, which the link asks for"."""
        value = self.text(key)
        if value is None or value in allowed:
            return default if value is None else value
        name = allowed.get(default, default) if isinstance(allowed, Mapping) else default
        self._wrong(key, value, f"{problem} “{quoted(value)}”, which the link asks for.", name)
        return default

    def switch(self, key: str, default: bool, what: str) -> bool:
        """On (1) or off (0). `what`: "the magnifier"."""
        value = self.text(key)
        if value is None or value in ("0", "1"):
            return default if value is None else value == "1"
        fault = f"The link's value “{quoted(value)}” for {what} is neither 0 nor 1."
        self._wrong(key, value, fault, "it on" if default else "it off")
        return default

    def several(self, key: str, allowed: Collection[str], problem: str) -> tuple[str, ...]:
        """Words from a few, separated by commas, each once."""
        words = dict.fromkeys(word for word in (self.text(key) or "").split(",") if word)
        if unknown := [word for word in words if word not in allowed]:
            more, outcome = "", "It is left out."
            if len(unknown) > 1:
                more, outcome = f" and {len(unknown) - 1} more", "They are left out."
            self.say(key, f"{problem} “{quoted(unknown[0])}”{more}, which the link asks for.", outcome)
        return tuple(word for word in words if word in allowed)

    def whole(
        self, key: str, low: int, high: int, default: int, what: str, limit: str = "", default_name: str = ""
    ) -> int:
        """A whole number, moved to the nearest end when it is out of range.

        what: "stages"; limit: why it ends there, ", this model has 4", in place of words about the range.
        default_name: what the default is called where it is no number to show.
        """
        text = self.text(key)
        if text is None:
            return default
        if not re.fullmatch(r"-?[0-9]+", text):
            fault = f"The link asks for “{quoted(text)}” {what}, which is no whole number."
            self._wrong(key, text, fault, default_name or str(default))
            return default
        asked = int(text) if len(text) < len(str(_FAR)) else (-_FAR if text[0] == "-" else _FAR)
        if not low <= asked <= high:
            shown = min(max(asked, low), high)
            limit = limit or f"; {low} to {high} are possible"
            self.say(key, f"The link asks for {quoted(text)} {what}{limit}.", f"Showing {shown}.")
            return shown
        return asked

    def numbers(self, key: str, low: float, high: float, count: int, what: str, outcome: str) -> tuple[float, ...]:
        """`count` numbers separated by commas, or none. `outcome`: what happens without them."""
        text = self.text(key)
        if not text:
            return ()
        parts = text.split(",")
        if len(parts) != count:
            given = f"{len(parts)} value{'' if len(parts) == 1 else 's'}"
            needed = "1 is needed" if count == 1 else f"{count} are needed"
            self.say(key, f"The link has {given} for the {what}, and {needed}.", outcome)
            return ()
        try:
            found = tuple(map(float, parts))
        except ValueError:
            found = (math.nan,)
        if all(low <= value <= high for value in found):
            return found
        fault = "is no number" if count == 1 else "are not numbers"
        self.say(key, f"The link's {what} “{quoted(text)}” {fault} from {low:g} to {high:g}.", outcome)
        return ()

    def _wrong(self, key: str, value: str, fault: str, shown: str) -> None:
        fault = fault if value else f"The link's value for “{key}” is empty."
        self.say(key, fault, f"Showing {shown}." if shown else "It is left out.")


def quoted(value: str) -> str:
    """A value of a link as harmless text: short, no markup."""
    plain = re.sub(r"[^A-Za-z0-9 .,+-]", "?", value)
    return plain if len(plain) <= _SHOWN_CHARS else plain[: _SHOWN_CHARS - 1] + "…"

"""What the page "How it works" remembers of a session."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import streamlit as st

from rfsq.app.how_it_works.settings import FAMILY, TokenSettings, read_token_link
from rfsq.app.shared.carried import carried_conditioning, carry_conditioning, open_photo
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.link_reader import LinkReader
from rfsq.app.shared.photo_strip import example_names
from rfsq.model.checkpoint import available_models

CONDITIONING, OTHER_MODEL = "how-conditioning", "how-other"  # keys of the controls
_SESSION = "how-it-works"


@dataclass
class TokenSession:
    """The settings, which the browser moves as well, and what the browser was told."""

    settings: TokenSettings
    link: LinkReader | None = None  # has noted what had to be replaced; until something changes
    command: int = 0  # number of the last message that told the browser where to stand: grows across sessions
    sent: tuple[str, TokenSettings] | None = None  # photo and settings of that message
    photo: str = ""  # digest of the photo of the last run
    started: float | None = None  # clock at the start of a run of the whole page
    runs: int = 0

    def change(self, settings: TokenSettings) -> None:
        """Other settings; the notes about the link have been read."""
        self.settings, self.link = settings, None

    def follow(self) -> None:
        """Take over the conditioning that was chosen on another page."""
        if name := carried_conditioning(_SESSION, FAMILY):
            self.change(replace(self.settings, model=FAMILY[name]))

    def place_to_send(self, photo_key: str) -> TokenSettings:
        """Where the browser shall stand. It is told anew only with another photo: until then its own place counts, and the
        message stays byte for byte the same, so that a report costs no second transfer."""
        if self.sent is None or self.sent[0] != photo_key:
            self.command = max(time.time_ns() // 1_000_000, self.command + 1)
            self.sent = (photo_key, self.settings)
        return self.sent[1]


def session() -> TokenSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        settings, link = read_token_link(link_values(), photos=example_names(), available=available_models())
        state[_SESSION] = TokenSession(settings, link)
        open_photo(settings.photo)
        if "model" in st.query_params:
            _carry(settings.model)
    found: TokenSession = state[_SESSION]
    return found


def take_conditioning() -> None:
    """A conditioning was chosen; runs before the page is drawn again."""
    if chosen := st.session_state[CONDITIONING]:
        session().change(replace(session().settings, model=FAMILY[chosen]))
        _carry(FAMILY[chosen])


def take_other_model() -> None:
    """A model of the whole zoo was chosen; runs before the page is drawn again."""
    if chosen := st.session_state[OTHER_MODEL]:
        session().change(replace(session().settings, model=chosen))


def _carry(model: str) -> None:
    """The other pages follow, if it is a model of one of the conditionings."""
    for name in [name for name, known in FAMILY.items() if known == model]:
        carry_conditioning(name, _SESSION)

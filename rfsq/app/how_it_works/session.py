"""What the page "How it works" remembers of a session, and how the controls and guided steps change it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import streamlit as st

from rfsq.app.how_it_works.lesson import STEPS, SUBJECTS
from rfsq.app.how_it_works.models import (
    FAMILY,
    NETWORK,
    conditioning_of,
    offered,
    shares_network,
    stack_of,
    with_conditioning,
    with_stack,
)
from rfsq.app.how_it_works.settings import TokenSettings, read_token_link
from rfsq.app.shared.carried import carried_conditioning, carried_stack, carry_conditioning, carry_stack, open_photo
from rfsq.app.shared.guided_steps import clicked_step
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.link_reader import LinkReader
from rfsq.app.shared.own_quantizers import own_by_key, own_keys
from rfsq.app.shared.photo_strip import photo_names
from rfsq.app.shared.replaced import Replaced
from rfsq.model.checkpoint import available_models

# Keys of the controls.
MODE, CONDITIONING, LEVELS, STAGES, OTHER_MODEL, OWN = (
    "how-mode",
    "how-conditioning",
    "how-levels",
    "how-stages",
    "how-other",
    "how-own",
)
STEP = "how-steps"
_SESSION = "how-it-works"


@dataclass
class TokenSession:
    """The settings, which the browser moves as well, and what the browser was told."""

    settings: TokenSettings
    link: LinkReader | None = None  # has noted what had to be replaced; until something changes
    command: int = 0  # number of the last message that told the browser where to stand: grows across sessions
    sent: tuple[str, TokenSettings] | None = None  # photo and settings of that message
    known: TokenSettings | None = None  # before a step: what the browser has other than that was chosen meanwhile
    photo: str = ""  # digest of the photo of the last run
    own: TokenSettings | None = None  # what the guided steps took the place of
    stack: str = ""  # the last that was shown before a trained model took its place
    started: float | None = None  # clock at the start of a run of the whole page
    runs: int = 0
    replaced: Replaced = field(default_factory=lambda: Replaced("how"))  # the controls, as a step or a model sets them

    def change(self, settings: TokenSettings, *, move: bool = False) -> None:
        """Other settings; the notes about the link have been read. `move`: the browser takes its place from them, too."""
        if settings.step and settings.model not in SUBJECTS[settings.step]:
            settings = replace(settings, step="")
        if not settings.step:
            self.own = None
        if move:
            self._command_anew()
            self.known = self.settings
        self.settings, self.link = settings, None

    def show(self, model: str) -> None:
        """Another model, at the same token."""
        self.change(replace(self.settings, model=model))

    def follow(self) -> None:
        """Take over the conditioning, and the levels and stages of a stack, that were chosen on another page."""
        if stack_of(self.settings.model) is not None and (chosen := carried_stack(_SESSION)):
            levels, stages = chosen
            self.show(with_stack(self.settings.model, levels=levels, stages=stages))
        if name := carried_conditioning(_SESSION, offered(self.settings.model)):
            self.show(with_conditioning(self.settings.model, name))

    def place_to_send(self, photo_key: str) -> tuple[TokenSettings, TokenSettings | None]:
        """Where the browser shall stand, and where it stood before a step, as far as that is known. It is told anew only with another photo or step: until then its own place counts,
        and the message stays byte for byte the same, so that a report costs no second transfer."""
        if self.sent is None or self.sent[0] != photo_key:
            if self.sent is not None:  # of another photo
                self.known = None
            self._command_anew()
            self.sent = (photo_key, self.settings)
        return self.sent[1], self.known

    def _command_anew(self) -> None:
        """What the browser says of its place counts no more, until it has read of the next message."""
        self.command = max(time.time_ns() // 1_000_000, self.command + 1)
        self.sent = None


def session() -> TokenSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        settings, link = read_token_link(
            link_values(), photos=photo_names(), available=available_models(), steps=SUBJECTS
        )
        state[_SESSION] = TokenSession(settings, link)
        open_photo(settings.photo)
        if "model" in st.query_params and not settings.step:
            _carry(settings.model)
            _carry_stack(settings.model)
    found: TokenSession = state[_SESSION]
    return found


# ---- changes; they run before the page is drawn again ----


def take_mode() -> None:
    """The same network for all, or networks that were trained with their stack, was chosen: with the same conditioning."""
    memory, same = session(), st.session_state[MODE] == "same"
    model, conditioning = memory.settings.model, conditioning_of(memory.settings.model)
    if same and not shares_network(model):
        memory.show(with_stack(memory.stack, conditioning=conditioning or ""))
    elif not same and shares_network(model):
        memory.stack = model if stack_of(model) else memory.stack
        memory.show(FAMILY.get(conditioning or "", FAMILY["none"]))


def take_conditioning() -> None:
    """A conditioning was chosen."""
    if chosen := st.session_state[CONDITIONING]:
        session().show(with_conditioning(session().settings.model, chosen))
        _carry(session().settings.model)


def take_stack() -> None:
    """Levels or stages were chosen."""
    levels, stages = st.session_state[LEVELS], st.session_state[STAGES]
    session().show(with_stack(session().settings.model, levels=levels, stages=stages))
    _carry_stack(session().settings.model)


def take_other_model() -> None:
    """A model of the whole zoo was chosen."""
    if chosen := st.session_state[OTHER_MODEL]:
        session().show(chosen)


def take_own() -> None:
    """An own quantizer was chosen, or put away for the stack before it."""
    memory, chosen = session(), st.session_state[OWN]
    model = memory.settings.model
    if stack_of(model):
        memory.stack = model
    memory.show(own_by_key(chosen).name_on(NETWORK) if chosen in own_keys() else with_stack(memory.stack))


def take_step() -> None:
    """A guided step was clicked. It leaves no trace: the one that is open gives back what it took the place of."""
    memory, step = session(), STEPS.get(clicked_step(STEP) or "")
    if step is None:
        return
    now = memory.settings
    if step.name == now.step:
        back = replace(memory.own or now, step="")
        if back.photo != now.photo:  # chosen meanwhile: it stays, and begins at its edge
            back = replace(back, photo=now.photo, row=-1, column=-1, channel=-1)
        memory.change(back, move=True)
        return
    own = memory.own if now.step else now
    memory.change(step.settings(now), move=True)
    memory.own = own


def _carry(model: str) -> None:
    """The other pages follow, if it is a model of one of the conditionings."""
    if name := conditioning_of(model):
        carry_conditioning(name, _SESSION)


def _carry_stack(model: str) -> None:
    """The other pages follow, if it is a stack."""
    if (stack := stack_of(model)) is not None:
        carry_stack(stack.levels[0], stack.stages, _SESSION)

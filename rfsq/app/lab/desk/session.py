"""What the design desk remembers of a session: the values of its controls, and what a link asked for in vain."""

from __future__ import annotations

from dataclasses import replace

from rfsq.app.compare.stacks import networks
from rfsq.app.lab.desk.settings import EVERY_CHANNEL, DeskSettings, read_desk_link
from rfsq.app.lab.part_session import PartSession
from rfsq.app.lab.parts import DESK
from rfsq.app.shared.photo_strip import photo_names
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO


class DeskSession(PartSession[DeskSettings]):
    """Each kind of target has a control of its own for the number that is asked for, with its own range."""

    PART = DESK
    NAME = KEYS = "desk"
    HELD = (
        "target",
        "value",
        "stride",
        "width",
        "height",
        "dims",
        "stages",
        "every",
        "levels",
        "grid",
        "channel",
        "decoder",
        "network",
    )

    def key_now(self, setting: str) -> str:
        return value_key(self.settings.target) if setting == "value" else self.key(setting)


def value_key(target: str) -> str:
    """The key of the control that holds the number of a kind of target."""
    return DeskSession.key(f"value-{target}")


def session() -> DeskSession:
    """This session's memory; at its start from the page's address."""
    return DeskSession.of_page(lambda values: read_desk_link(values, photos=photo_names(), networks=network_channels()))


def network_channels() -> dict[str, int]:
    """The networks whose latents can be cut here, with their channels."""
    return {name: ZOO[name].dim for name in networks(available_models())}


def take_controls() -> None:
    """A control was moved; runs before the page is drawn again."""
    memory = session()
    before, after = memory.settings, memory.moved()
    if after.target != before.target:
        after = before.aiming_at(after.target)
    elif after.network != before.network and after.channel > ZOO[after.network].dim:
        after = replace(after, channel=EVERY_CHANNEL)
    memory.change(after)

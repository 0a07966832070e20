"""The Lab page: experiments of three kinds, a part each, of which one is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rfsq.app.lab.desk.part import desk_part
from rfsq.app.lab.parts import DESK, PARTS, STAGES
from rfsq.app.lab.session import session
from rfsq.app.lab.stages import stages_part
from rfsq.app.lab.switch import open_part, part_switch
from rfsq.app.look import page_head

_DRAW: Final[Mapping[str, Callable[[], None]]] = {
    STAGES: stages_part,
    DESK: desk_part,
}  # below the head, by the name of the part


def lab_page() -> None:
    """Draw the head with the switch, and the part that is open."""
    name = open_part()
    with page_head(PARTS[name].title, PARTS[name].hint):
        if name != STAGES or "parts" not in session().settings.hide:
            part_switch()
    _DRAW[name]()

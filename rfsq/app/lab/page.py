"""The Lab page: experiments of several kinds, a part each, of which one is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rfsq.app.lab.desk.part import desk_part
from rfsq.app.lab.life.part import life_part
from rfsq.app.lab.life.session import session as life_session
from rfsq.app.lab.own.part import own_part
from rfsq.app.lab.parts import DESK, LIFE, OWN, PARTS, STAGES
from rfsq.app.lab.session import session as stages_session
from rfsq.app.lab.stages import stages_part
from rfsq.app.lab.switch import open_part, part_switch
from rfsq.app.look import page_head

# Below the head, by the name of the part, and the controls that its link hides.
_DRAW: Final[Mapping[str, Callable[[], None]]] = {
    STAGES: stages_part,
    DESK: desk_part,
    LIFE: life_part,
    OWN: own_part,
}
_HIDDEN: Final[Mapping[str, Callable[[], tuple[str, ...]]]] = {
    STAGES: lambda: stages_session().settings.hide,
    LIFE: lambda: life_session().settings.hide,
}


def lab_page() -> None:
    """Draw the head with the switch, and the part that is open."""
    name = open_part()
    with page_head(PARTS[name].title, PARTS[name].hint):
        if "parts" not in _HIDDEN.get(name, tuple)():
            part_switch()
    _DRAW[name]()

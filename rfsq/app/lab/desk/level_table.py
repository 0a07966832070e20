"""Level sets as a table in the browser: each row copies its line of code, and opens in Compare where that can show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report

_KEY = "desk-level-table"
_mount = component("rfsq_level_table", "lab/desk/level_table.js", "lab/desk/level_table.css")


@dataclass(frozen=True)
class LevelColumn:
    """A column between the levels and the buttons."""

    title: str
    hint: str


@dataclass(frozen=True)
class LevelRow:
    """A level set as it is shown."""

    name: str  # what a click on its link reports
    levels: str
    note: str  # under the levels
    cells: tuple[str, ...]  # one for each column
    code: str  # what is copied
    network: str  # that Compare shows it on; empty where it cannot
    query: str  # of the link that opens it there, without "?"


def level_table(columns: Sequence[LevelColumn], rows: Sequence[LevelRow], on_open: Callable[[], None]) -> None:
    """Draw the table."""
    data = {"columns": [asdict(column) for column in columns], "rows": [asdict(row) for row in rows]}
    _mount(key=_KEY, data=data, on_open_change=on_open)


def opened_row() -> str | None:
    """The name of the row that was opened. It comes from the browser: whoever asks looks it up among the rows."""
    said = report(_KEY, "open")
    name = said.get("name") if said else None
    return name if isinstance(name, str) else None

"""One table, three ways to read it: in a terminal, in a Markdown document and on a page (HTML)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Literal

from rfsq.style.names import printable
from rfsq.style.palette import Theme, style_of


@dataclass(frozen=True)
class Column:
    """One column. The first of a table names its rows."""

    title: str
    hint: str = ""  # what the title means, for who points at it (HTML)
    group: str = ""  # a title above this column and its neighbours of the same group (HTML)
    align: Literal["left", "right"] = "right"  # words or numbers
    emphasis: Literal["", "code", "bold"] = ""  # of the cells (Markdown and HTML)


@dataclass(frozen=True)
class Row:
    """One row, a text per column."""

    cells: tuple[str, ...]
    method: str | None = None  # its mark stands before the name, in its colour (HTML)
    quiet: bool = False  # there to compare with: in grey (HTML)


@dataclass(frozen=True)
class Table:
    """Columns and rows. Raises ValueError for a row whose number of cells is not that of the columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = field(default=())

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"a table of {len(self.columns)} columns has a row of {len(row.cells)}: {row.cells}")

    @classmethod
    def of(cls, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
        """The plain case: the first column holds words, all others numbers."""
        first, *others = header
        columns = (Column(first, align="left"), *map(Column, others))
        return cls(columns, tuple(Row(tuple(cells)) for cells in rows))

    def text(self) -> str:
        """For a terminal: columns as wide as their widest cell, a line under the titles; no cell acts on the terminal."""
        titles = tuple(column.title for column in self.columns)
        lines = [tuple(map(printable, cells)) for cells in (titles, *(row.cells for row in self.rows))]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        lines.insert(1, tuple("─" * width for width in widths))
        sides = [str.ljust if column.align == "left" else str.rjust for column in self.columns]
        return "\n".join(
            "  ".join(side(cell, width) for side, cell, width in zip(sides, cells, widths, strict=True)).rstrip()
            for cells in lines
        )

    def markdown(self) -> str:
        """For a document. Cells may hold Markdown; a vertical bar in one is escaped."""
        marks = {"": "", "code": "`", "bold": "**"}
        lines = [
            [column.title for column in self.columns],
            ["---" if column.align == "left" else "--:" for column in self.columns],
        ]
        for row in self.rows:
            around = [marks[column.emphasis] for column in self.columns]
            lines.append([mark + cell + mark for mark, cell in zip(around, row.cells, strict=True)])
        return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |" for cells in lines)

    def html(self, theme: Theme = "light", *, kind: str = "") -> str:
        """For a page, all text escaped; the page's style sheet knows the kinds.

        kind: "stacks", whose rows become blocks of two columns on a phone (every cell carries its column's title),
        "prose", whose cells wrap; or both, and names of one's own.
        """
        body = "".join(self._html_row(row, theme) for row in self.rows)
        box = " ".join(filter(None, ("rfsq-table", kind)))
        titles = escape(", ".join(column.title for column in self.columns if column.title))
        scrolls = (
            f'role="group" tabindex="0" aria-label="Table: {titles}"'  # by keys, too, where it is wider than the page
        )
        return (
            f'<div class="{box}" {scrolls}><table><thead>{self._html_head()}</thead><tbody>{body}</tbody></table></div>'
        )

    def _html_head(self) -> str:
        if not any(column.group for column in self.columns):
            return f"<tr>{''.join(_title(column) for column in self.columns)}</tr>"
        above, below = [], []
        for group, members in groupby(self.columns, lambda column: column.group):
            columns = list(members)
            if group:
                above.append(f'<th scope="colgroup" colspan="{len(columns)}">{escape(group)}</th>')
                below += [_title(column) for column in columns]
            else:
                above += [_title(column, rows=2) for column in columns]
        return f"<tr>{''.join(above)}</tr><tr>{''.join(below)}</tr>"

    def _html_row(self, row: Row, theme: Theme) -> str:
        cells = [_cell(column, text) for column, text in zip(self.columns, row.cells, strict=True)]
        mark = "" if row.method is None else f"{_mark(row.method, theme)} "
        kind = ' class="quiet"' if row.quiet else ""
        method = "" if row.method is None else f' data-method="{escape(row.method)}"'
        head = f'<th scope="row" class="{self.columns[0].align}">{mark}{cells[0]}</th>'
        rest = "".join(
            f'<td class="{column.align}" data-title="{escape(" ".join(filter(None, (column.group, column.title))))}">'
            f"{cell}</td>"
            for column, cell in zip(self.columns[1:], cells[1:], strict=True)
        )
        return f"<tr{kind}{method}>{head}{rest}</tr>"


def _title(column: Column, *, rows: int = 1) -> str:
    hint = f' title="{escape(column.hint)}"' if column.hint else ""
    span = f' rowspan="{rows}"' if rows > 1 else ""
    return f'<th scope="col" class="{column.align}"{hint}{span}>{escape(column.title)}</th>'


def _cell(column: Column, text: str) -> str:
    tag = {"": "", "code": "code", "bold": "b"}[column.emphasis]
    return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)


def _mark(method: str, theme: Theme) -> str:
    style = style_of(method)
    return f'<span style="color:{style.color(theme)}">{style.glyph}</span>'

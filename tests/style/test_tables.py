"""One table in a terminal, in Markdown and as HTML: the same cells, aligned, named and escaped."""

from __future__ import annotations

import pytest

from rfsq.style.palette import style_of
from rfsq.style.tables import Column, Row, Table

PLAIN = Table.of(["model", "dB"], [["vq-4096", "28.5"], ["fsq", "7.25"]])


def test_a_terminal_gets_words_on_the_left_and_numbers_on_the_right() -> None:
    assert PLAIN.text() == "model      dB\n───────  ────\nvq-4096  28.5\nfsq      7.25"
    assert Table.of(["model", "dB"], []).text() == "model  dB\n─────  ──"


def test_markdown_marks_numbers_and_emphasis_and_escapes_bars() -> None:
    assert PLAIN.markdown().splitlines()[:2] == ["| model | dB |", "| --- | --: |"]
    table = Table(
        (Column("claim", align="left", emphasis="code"), Column("verdict", align="left", emphasis="bold")),
        (Row(("a|b", "holds")),),
    )
    assert table.markdown().splitlines()[1:] == ["| --- | --- |", r"| `a\|b` | **holds** |"]


def test_html_escapes_every_text_and_names_every_cell() -> None:
    table = Table(
        (Column("<i>", "“hint” & more", align="left"), Column("dB", group="<u>")),
        (Row(("<b>", '"7"'), method="<fsq>"),),
    )
    page = table.html("dark", kind="stacks")
    assert not {"<i>", "<u>", "<b>", "<fsq>"} & {page[i : i + size] for i in range(len(page)) for size in (3, 5)}
    assert 'data-title="&lt;u&gt; dB"' in page and 'data-method="&lt;fsq&gt;"' in page
    assert page.startswith('<div class="rfsq-table stacks" ') and 'aria-label="Table: &lt;i&gt;, dB"' in page


def test_html_marks_methods_in_the_colour_of_their_theme() -> None:
    table = Table((Column("model", align="left"),), (Row(("scale",), method="rfsq-4x1024-scale", quiet=True),))
    style = style_of("rfsq-4x1024-scale")
    assert f'<span style="color:{style.dark}">{style.glyph}</span> scale' in table.html("dark")
    assert style.light in table.html("light") and '<tr class="quiet"' in table.html()


def test_a_group_stands_above_its_columns() -> None:
    columns = (Column("model", align="left"), Column("L1", group="paper"), Column("dB", group="paper"), Column("L1"))
    head = Table(columns).html().split("</thead>")[0]
    assert 'colspan="2">paper<' in head and head.count('rowspan="2"') == 2 and head.count("<tr>") == 2


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns has a row of 1"):
        Table.of(["model", "dB"], [["fsq"]])

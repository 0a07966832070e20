"""The lines of a report on the page: what is wrong first, each with its number, its sample and its cure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rfsq.evidence.doctor import Line
from rfsq.evidence.doctor.line import Verdict
from rfsq.style.palette import VERDICTS, Theme
from rfsq.style.wording import listed

_ORDER: tuple[Verdict, ...] = ("red", "yellow", "green")


def summary(lines: Sequence[Line]) -> str:
    """What the report says, in a sentence: "**3 of 11 lines are red**: codebook use, entropy, bits and index range." """
    by_verdict = {verdict: [line.check for line in lines if line.verdict == verdict] for verdict in _ORDER}
    parts: list[str] = []
    for verdict in ("red", "yellow"):
        if checks := by_verdict[verdict]:
            are = "is" if len(checks) == 1 else "are"
            quoted = [f"“{check}”" for check in checks]
            head = f"{len(checks)} of {len(lines)} lines {are} {verdict}" if not parts else f"{len(checks)} {verdict}"
            parts.append(f"**{head}**: {listed(quoted)}")
    if not parts:
        return f"**All {len(lines)} lines are green.**" if len(lines) > 1 else "**The one line is green.**"
    return "; ".join(parts) + "."


def lines_html(lines: Sequence[Line], theme: Theme, *, folded: bool) -> str:
    """All lines, red ones first; all text escaped. `folded`: green ones are opened by a click, where there are others."""
    rows = {verdict: [_row(line, theme) for line in lines if line.verdict == verdict] for verdict in _ORDER}
    wrong, right = [*rows["red"], *rows["yellow"]], rows["green"]
    if not folded or not wrong or not right:
        return _list([*wrong, *right])
    count = f"{len(right)} green line{'' if len(right) == 1 else 's'}"
    return f'{_list(wrong)}<details class="doctor-green"><summary>{count}</summary>{_list(right)}</details>'


def _list(rows: Sequence[str]) -> str:
    return f'<ul class="doctor-lines" role="list">{"".join(rows)}</ul>'


def _row(line: Line, theme: Theme) -> str:
    style = VERDICTS[line.verdict]
    mark = f'<span class="mark" style="color:{style.color(theme)}"><b aria-hidden="true">{style.glyph}</b> {line.verdict}</span>'
    cure = f'<p class="cure">→ {escape(line.cure)}</p>' if line.cure and line.verdict != "green" else ""
    sample = f'<p class="sample">{escape(line.sample)}</p>' if line.sample else ""
    return (
        f'<li data-verdict="{line.verdict}" style="border-color:{style.color(theme)}">{mark}'
        f"<div><p><strong>{escape(line.check)}</strong>: {escape(line.value)}</p>{cure}{sample}</div></li>"
    )

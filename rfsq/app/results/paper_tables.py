"""The paper beside ours, as HTML tables for the Results page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rfsq.commands.output import number
from rfsq.evidence.findings import readings
from rfsq.evidence.paper import TABLE
from rfsq.evidence.results import Results
from rfsq.style.palette import Theme, label_of, style_of
from rfsq.style.wording import MISSING


def paper_table(results: Results, theme: Theme) -> str:
    """The nine rows of the paper with ours beside them, as HTML."""
    head = (
        "<tr><th rowspan=2>model</th><th rowspan=2>bits/token</th><th colspan=3>paper</th><th colspan=4>ours</th></tr>"
        "<tr><th>L1 ↓</th><th>LPIPS ↓</th><th>PSNR dB ↑</th><th>L1 ↓</th><th>LPIPS ↓</th><th>PSNR dB ↑</th>"
        "<th>95 % interval</th></tr>"
    )
    rows = []
    for row in TABLE:
        scores = results.models[row.model].full if row.model in results.models else None
        ours = [MISSING] * 4
        if scores is not None:
            bounds = scores.intervals.get("psnr_db")
            ours = [
                number(scores.l1, 3),
                number(scores.lpips, 3),
                number(scores.psnr_db, 1),
                MISSING if bounds is None else f"{bounds[0]:.1f} … {bounds[1]:.1f}",
            ]
        theirs = [f"{row.l1:.3f}", f"{row.lpips:.3f}", f"{row.psnr_db:.1f}"]
        rows.append(_row([_named(row.model, theme), str(row.bits_per_token), *theirs, *ours]))
    return f'<div class="rfsq-wide"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def readings_table(results: Results) -> str:
    """Claim, theirs, ours, verdict, as HTML."""
    head = "<tr><th>claim</th><th>paper</th><th>measured here</th><th>verdict</th></tr>"
    rows = [
        f"<tr><td>{escape(r.claim)}</td><td>{escape(r.theirs)}</td><td>{escape(r.ours)}</td>"
        f"<td><b>{escape(r.verdict)}</b></td></tr>"
        for r in readings(results)
    ]
    return f'<div class="rfsq-wide"><table class="rfsq-prose"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def _named(name: str, theme: Theme) -> str:
    style = style_of(name)
    return f'<span style="color:{style.color(theme)}">{style.glyph}</span> {escape(label_of(name))}'


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

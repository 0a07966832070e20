"""The paper beside ours, as tables for the Results page and for documents."""

from __future__ import annotations

from rfsq.evidence.paper.readings import readings
from rfsq.evidence.paper.reported import TABLE
from rfsq.evidence.results import Results
from rfsq.model.zoo import PERCEPTUAL
from rfsq.style.palette import label_of
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_number

_COLUMNS = (
    Column("model", align="left"),
    Column("bits/token"),
    Column("L1 ↓", group="paper"),
    Column("LPIPS ↓", group="paper"),
    Column("PSNR dB ↑", group="paper"),
    Column("L1 ↓", group="ours"),
    Column("ST-LPIPS ↓", "AlexNet; not the paper's LPIPS, so only differences compare", group="ours"),
    Column("ST-LPIPS ↓, trained with it", "the same model, its loss L1 + 0.1 × ST-LPIPS", group="ours"),
    Column("PSNR dB ↑", group="ours"),
    Column("95 % interval", group="ours"),
)


def paper_table(results: Results) -> Table:
    """The nine rows of the paper with ours beside them."""
    rows = []
    for row in TABLE:
        scores = results.models[row.model].full if row.model in results.models else None
        twin = results.models.get(row.model + PERCEPTUAL)
        ours = [MISSING] * 5
        if scores is not None:
            bounds = scores.intervals.get("psnr_db")
            ours = [
                format_number(scores.l1, 3),
                format_number(scores.st_lpips, 3),
                MISSING if twin is None else format_number(twin.full.st_lpips, 3),
                format_number(scores.psnr_db, 1),
                MISSING if bounds is None else f"{bounds[0]:.1f} … {bounds[1]:.1f}",
            ]
        theirs = [f"{row.l1:.3f}", f"{row.lpips:.3f}", f"{row.psnr_db:.1f}"]
        rows.append(Row((label_of(row.model), str(row.bits_per_token), *theirs, *ours), method=row.model))
    return Table(_COLUMNS, tuple(rows))


def readings_table(results: Results) -> Table:
    """Claim, theirs, ours, verdict."""
    columns = [Column(title, align="left") for title in ("claim", "paper", "measured here")]
    rows = [Row((r.claim, r.theirs, r.ours, r.verdict)) for r in readings(results)]
    return Table((*columns, Column("verdict", align="left", emphasis="bold")), tuple(rows))

"""The scores and the price of each picture, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rfsq.app.shared.measured_scores import LearnedScores
from rfsq.evidence.comparison import CodedPhoto, Scores
from rfsq.model.rate import Rate
from rfsq.style.palette import label_of
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import (
    MISSING,
    format_bits,
    format_bpp,
    format_bytes,
    format_db,
    format_score,
)

WAITING = "…"  # a score that is being measured


@dataclass(frozen=True)
class ScoredPicture:
    """One picture: a method at one stage count."""

    method: str
    stages: int  # k
    of_stages: int  # S
    psnr_db: float
    scores: Scores | None  # None: not measured yet
    learned: LearnedScores | None  # None: not measured yet
    rate: Rate | None  # None for a model without quantizer
    device: str
    file_bytes: int | None = None  # of the .rfsq file; None where there is none, or none yet


def scored_picture(
    coded: CodedPhoto,
    stages: int,
    psnr_db: float,
    scores: Scores | None,
    learned: LearnedScores | None,
    file_bytes: int | None = None,
) -> ScoredPicture:
    """A row from what was computed for k = `stages`."""
    return ScoredPicture(
        coded.method,
        stages,
        len(coded.stages),
        psnr_db,
        scores,
        learned,
        coded.stages[stages - 1].rate,
        coded.device,
        file_bytes,
    )


def rate_text(rate: Rate | None) -> str:
    """The price of a picture: "40 bits/token · 2.51 bpp nominal with 80 B side info"."""
    if rate is None:
        return "unquantized: no rate"
    text = f"{format_bits(rate.bits_per_token)}/token · {format_bpp(rate.bpp)} nominal"
    return text + (f" with {format_bytes(rate.side_bytes)} side info" if rate.side_bytes else "")


def stage_text(row: ScoredPicture) -> str:
    """Which stages a picture was made with."""
    if row.rate is None:
        return "no stages"
    return "1 stage" if row.of_stages == 1 else f"{row.stages} of {row.of_stages}"


_COLUMNS = (
    Column("Method", align="left"),
    Column("Stages", "how many of the model's stages were used"),
    Column("PSNR ↑", "peak signal to noise, decibels"),
    Column("SSIM ↑", "structural similarity, at most 1"),
    Column("L1 ↓", "mean absolute difference, pixels from −1 to 1"),
    Column("ꟻLIP ↓", "what the eye notices when two pictures alternate, 0 to 1"),
    Column("ST-LPIPS ↓", "distance in the features of a network that was trained to allow small shifts (AlexNet)"),
    Column("LPIPS ↓", "distance in the features of a network (SqueezeNet)"),
    Column(
        "Bits/token",
        "the price of one block of f×f pixels, before entropy coding; f is 4 unless the name says f8 or f16",
    ),
    Column("Bits/pixel", "of all tokens and the side information"),
    Column("File", "the real size of the .rfsq file, entropy coding, header and side information included"),
    Column("Side info", "numbers the decoder needs besides the tokens, included in bits/pixel"),
)


def _cells(row: ScoredPicture, absent: str) -> list[str]:
    scores, rate = row.scores, row.rate

    def measured(value: float | None) -> str:
        return absent if value is None else format_score(value)

    return [
        stage_text(row),
        format_db(row.psnr_db),
        measured(None if scores is None else scores.ssim),
        measured(None if scores is None else scores.l1),
        measured(None if scores is None else scores.flip),
        measured(None if row.learned is None else row.learned.st_lpips),
        measured(None if row.learned is None else row.learned.lpips),
        MISSING if rate is None else format_bits(rate.bits_per_token),
        MISSING if rate is None else format_bpp(rate.bpp),
        MISSING if row.file_bytes is None else format_bytes(row.file_bytes),
        MISSING if rate is None else format_bytes(rate.side_bytes),
    ]


def score_table(
    pictures: Sequence[ScoredPicture], *, labels: Mapping[str, str], ceiling: str | None = None, waiting: bool = False
) -> Table:
    """A row for each picture. `labels`: what the page calls the methods; others go by their full names. `waiting`: scores that
    are not there are being measured."""
    rows = []
    for picture in pictures:
        name = labels.get(picture.method, label_of(picture.method))
        last = picture.method == ceiling
        cells = (f"{name}, the ceiling" if last else name, *_cells(picture, WAITING if waiting else MISSING))
        rows.append(Row(cells, method=picture.method, quiet=last))
    if waiting and ceiling is not None and ceiling not in {picture.method for picture in pictures}:
        name = labels.get(ceiling, label_of(ceiling))
        rows.append(Row((f"{name}, the ceiling", *[WAITING] * (len(_COLUMNS) - 1)), method=ceiling, quiet=True))
    return Table(_COLUMNS, tuple(rows))

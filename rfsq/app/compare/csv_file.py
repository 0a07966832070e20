"""The table of scores as a CSV file to keep."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from rfsq import __version__
from rfsq.app.compare.scores import ScoredPicture


def csv_table(
    rows: Sequence[ScoredPicture],
    *,
    photo: str,
    size: tuple[int, int],
    photo_note: str | None,
    rates_notes: Sequence[str | None],
    bytes_notes: Sequence[str | None],
    own_quantizers: Sequence[str],
    lpips_reason: str | None,
) -> str:
    """All rows as CSV with a line of names. `size`: height and width. `photo_note`: what the photo is, if no original.

    `rates_notes`: for each row, the sentence where those that it is to be compared with cost unlike. `bytes_notes`: where
    files of nearly equal bytes are on screen, how those compare. `own_quantizers`: of a quantizer from outside, its place and
    how it was fitted.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        [
            *("photo", "width_px", "height_px", "method", "stages", "of_stages", "psnr_db", "ssim", "ms_ssim"),
            *("l1_minus1_to_1", "flip", "st_lpips_alex", "lpips_squeeze", "lpips_note", "bits_per_token_nominal"),
            *("bpp_nominal_with_side_information", "side_information_bytes", "rfsq_file_bytes", "device"),
            *("photo_note", "rates_note", "equal_bytes_note", "own_quantizer", "rfsq_version"),
        ]
    )
    height, width = size
    for row, rates_note, bytes_note, own in zip(rows, rates_notes, bytes_notes, own_quantizers, strict=True):
        scores, rate = row.scores, row.rate
        learned = [row.learned.st_lpips, row.learned.lpips] if row.learned else [math.nan] * 2
        values = [scores.ssim, scores.ms_ssim, scores.l1, scores.flip] if scores else [math.nan] * 4
        writer.writerow(
            [
                *(_safe(photo), width, height, row.method, row.stages, row.of_stages, _number(row.psnr_db)),
                *map(_number, [*values, *learned]),
                lpips_reason or "",
                *([f"{rate.bits_per_token:.12g}", f"{rate.bpp:.6g}", rate.side_bytes] if rate else [""] * 3),
                *(
                    "" if row.file_bytes is None else row.file_bytes,
                    row.device,
                    photo_note or "",
                    rates_note or "",
                    bytes_note or "",
                    _safe(own),
                    __version__,
                ),
            ]
        )
    return stream.getvalue()


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _safe(text: str) -> str:
    """A file's name as a plain cell: spreadsheets run cells that begin like a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

"""Quantizers from outside: beside ours, as `rfsq bench --json checkpoints/own-quantizers.json` measured them, and what
`rfsq doctor --json checkpoints/doctor/….json` said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rfsq.evidence.stored import load_stored, read_stored
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_bits, format_number, format_share, format_signed, listed

NAME = "own-quantizers.json"
DOCTOR = "doctor"  # folder of the reports


def own_table() -> str:
    """One table over all bit rates, the sentence that says what was done, and credit; empty if nothing was measured.

    Raises ResultsError for a damaged file.
    """
    return load_stored(checkpoint_folder() / NAME, _own_text, format=None) or ""


def _own_text(found: Sequence[dict[str, Any]]) -> str:
    records = [record for record in found if "psnr_db" in record]
    records.sort(key=lambda record: record["bits_per_token"])
    rows = [
        _row(record)
        for _, group in groupby(records, key=lambda record: record["bits_per_token"])
        for record in sorted(group, key=lambda record: -record["psnr_db"])
    ]
    titles = [
        "quantizer",
        "from",
        "bits/token",
        "PSNR dB",
        "against ours (95 %)",
        "entropy bpp",
        "used share",
        "fitted",
    ]
    return f"{Table.of(titles, rows).markdown()}\n\n{_words(records)}\n"


def doctor_table() -> str:
    """What the doctor said of each quantizer that is no file of its own, and how it was fitted; empty without reports.

    Raises ResultsError for a damaged one.
    """
    files = sorted((checkpoint_folder() / DOCTOR).glob("*.json"))
    reports = [read_stored(file, _report, format=None) for file in files]
    if not reports:
        return ""
    columns = (
        Column("quantizer", align="left"),
        Column("fitted", align="left"),
        Column("green"),
        Column("red", align="left"),
        Column("yellow", align="left"),
    )
    packages = sorted({report.package for report in reports if report.package})
    latents = listed(sorted({report.latents for report in reports}))
    rows = tuple(report.row for report in reports)
    return f"{Table(columns, rows).markdown()}\n\nOf {listed(packages)}, on {latents}.\n"


@dataclass(frozen=True)
class _Report:
    """What of the doctor's report is told."""

    row: Row
    package: str | None
    latents: str


def _report(record: Mapping[str, Any]) -> _Report:
    lines = record["lines"]
    cells = (
        f"`{record['quantizer']}`",
        record["fit"],
        str(sum(line["verdict"] == "green" for line in lines)),
        *("<br>".join(_findings(lines, verdict)) or MISSING for verdict in ("red", "yellow")),
    )
    return _Report(Row(cells), record["package"], record["latents"])


def _findings(lines: Sequence[dict[str, str]], verdict: str) -> list[str]:
    """The lines of one verdict, "check: value (sample)"; those that differ in the check alone are one."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line["verdict"] == verdict:
            found.setdefault(f"{line['value']} ({line['sample']})", []).append(line["check"])
    return [f"**{listed(checks)}**: {words}" for words, checks in found.items()]


def _row(record: dict[str, Any]) -> list[str]:
    ours = "stack" in record
    shares = [MISSING if share is None else format_share(share) for share in record["usage"]]
    return [
        f"`{record['stack'] if ours else record['quantizer']}`",
        "ours" if ours else record["package"] or "the example itself",
        format_bits(record["bits_per_token"]).split("\u202f")[0],
        format_number(record["psnr_db"], 2),
        _versus(record),
        format_number(record["bpp_entropy"], 3),
        " ".join(shares),
        "as all stacks of ours" if ours else record["fit"],
    ]


def _versus(record: dict[str, Any]) -> str:
    found = record.get("versus", {})
    if "psnr_db" not in found or found["model"] == record["model"]:
        return MISSING
    mean, low, high = (format_signed(found["psnr_db"][key], 2) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _words(records: Sequence[dict[str, Any]]) -> str:
    references = {record["versus"]["model"] for record in records if "versus" in record}
    named = ", ".join(f"`{record['stack']}`" for record in records if record["model"] in references)
    packages = sorted({record["package"] for record in records if record.get("package")})
    return (
        f"{records[0]['images']} test photos through the network `{records[0]['network']}`, which was trained without "
        f"rounding; its latents standardised alike for all. Differences in dB are to {named}, at the same bits. "
        f"With thanks to {', '.join(packages)}, by Phil Wang and contributors (MIT)."
    )

"""Quantizers from outside beside ours, as `rfsq bench --json checkpoints/own-quantizers.json` measured them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rfsq.model.checkpoint import checkpoint_folder
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_bits, format_number, format_share

NAME = "own-quantizers.json"


def own_table() -> str:
    """One table over all bit rates, the sentence that says what was done, and credit; empty if nothing was measured."""
    file = checkpoint_folder() / NAME
    if not file.is_file():
        return ""
    records = [record for record in json.loads(file.read_text(encoding="utf-8")) if "psnr_db" in record]
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
    gap = found["psnr_db"]
    return f"{gap['mean']:+.2f} [{gap['low']:+.2f}, {gap['high']:+.2f}]".replace("-", "−")


def _words(records: Sequence[dict[str, Any]]) -> str:
    references = {record["versus"]["model"] for record in records if "versus" in record}
    named = ", ".join(f"`{record['stack']}`" for record in records if record["model"] in references)
    packages = sorted({record["package"] for record in records if record.get("package")})
    return (
        f"{records[0]['images']} test photos through the network `{records[0]['network']}`, which was trained without "
        f"rounding; its latents standardised alike for all. Differences in dB are to {named}, at the same bits. "
        f"With thanks to {', '.join(packages)}, by Phil Wang and contributors (MIT)."
    )

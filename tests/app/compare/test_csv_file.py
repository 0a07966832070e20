"""The table of scores as a file."""

from __future__ import annotations

import csv
import io

import pytest
import torch
from tiny_models import tiny_model

from rfsq import __version__
from rfsq.app.compare.csv_file import csv_table
from rfsq.app.compare.scores import scored_picture
from rfsq.evidence.comparison import run_method, score
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within


def test_the_table_as_csv_has_every_stage_with_its_rate_and_the_note() -> None:
    photo = fit_within(load_example("cat"), 48)
    result = run_method("rfsq-4x1024-layernorm", tiny_model("rfsq-4x1024-layernorm"), photo, torch.device("cpu"))
    rows = [scored_picture(result, k, 20.0, score(photo, result.stages[k - 1].pixels), float("nan")) for k in (1, 4)]
    text = csv_table(
        rows,
        photo="=cmd()",
        size=(48, 48),
        photo_note="A screenshot.",
        rates_notes=[None, "Not a fair pair."],
        lpips_reason="Not measured.",
    )
    records = list(csv.DictReader(io.StringIO(text)))
    assert [record["stages"] for record in records] == ["1", "4"]
    assert records[1]["bits_per_token_nominal"] == "40" and records[1]["side_information_bytes"] == "80"
    assert float(records[1]["bpp_nominal_with_side_information"]) == pytest.approx((40 * 144 + 640) / 48**2, rel=1e-5)
    assert records[0]["lpips_squeeze"] == "" and records[0]["lpips_note"] == "Not measured."
    assert [record["rates_note"] for record in records] == ["", "Not a fair pair."]
    assert records[0]["photo_note"] == "A screenshot." and records[0]["rfsq_version"] == __version__
    assert records[0]["photo"] == "'=cmd()", "a spreadsheet must not run a file's name"

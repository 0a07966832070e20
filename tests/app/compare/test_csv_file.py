"""The table of scores as a file."""

from __future__ import annotations

import csv
import io

import pytest
from tiny_models import tiny_model

from rfsq import __version__
from rfsq.app.compare.csv_file import csv_table
from rfsq.app.compare.scores import scored_picture
from rfsq.app.shared.measured_scores import LearnedScores
from rfsq.evidence.comparison import code_photo, decode_stages, score
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within, to_tensor


def test_the_table_as_csv_has_every_stage_with_its_rate_and_the_note() -> None:
    photo = fit_within(load_example("cat"), 48)
    model = tiny_model("rfsq-4x1024-layernorm")
    coded = code_photo("rfsq-4x1024-layernorm", model, photo, model.encode(to_tensor(photo)))
    pictures = decode_stages(model, [(model, coded, k) for k in (1, 4)])
    learned = LearnedScores(0.25, float("nan"))
    rows = [
        scored_picture(coded, k, 20.0, score(photo, picture), learned, 99)
        for k, picture in zip((1, 4), pictures, strict=True)
    ]
    text = csv_table(
        rows,
        photo="=cmd()",
        size=(48, 48),
        photo_note="A screenshot.",
        rates_notes=[None, "Not a fair pair."],
        bytes_notes=[None, "nearest to none"],
        own_quantizers=["", "mine.py:Mine; nothing to train"],
        lpips_reason="Not measured.",
    )
    records = list(csv.DictReader(io.StringIO(text)))
    assert [record["stages"] for record in records] == ["1", "4"]
    assert records[1]["bits_per_token_nominal"] == "40" and records[1]["side_information_bytes"] == "80"
    assert float(records[1]["bpp_nominal_with_side_information"]) == pytest.approx((40 * 144 + 640) / 48**2, rel=1e-5)
    assert records[0]["lpips_squeeze"] == "" and records[0]["lpips_note"] == "Not measured."
    assert records[0]["st_lpips_alex"] == "0.25" and records[0]["rfsq_file_bytes"] == "99"
    assert [record["equal_bytes_note"] for record in records] == ["", "nearest to none"]
    assert [record["rates_note"] for record in records] == ["", "Not a fair pair."]
    assert records[0]["photo_note"] == "A screenshot." and records[0]["rfsq_version"] == __version__
    assert [record["own_quantizer"] for record in records] == ["", "mine.py:Mine; nothing to train"]
    assert records[0]["photo"] == "'=cmd()", "a spreadsheet must not run a file's name"

"""What the doctor said of quantizers of others, as the docs tell it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from paths import ROOT

from rfsq.evidence.doctor import Line
from rfsq.evidence.doctor.visit import Report
from rfsq.evidence.foreign.tables import DOCTOR, NAME, doctor_table, own_table
from rfsq.evidence.stored import ResultsError


def test_the_table_has_every_finding_once_and_says_how_it_was_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    assert doctor_table() == ""
    lines = (
        Line(
            "same indices: bfloat16", "red", "2 % of the tokens get another index", "1 024 tokens", "round in float32"
        ),
        Line("same indices: float16", "red", "2 % of the tokens get another index", "1 024 tokens", "round in float32"),
        Line("NaN", "yellow", "a | b", "one token"),
        Line("gradient", "green", "it reaches the latents unchanged", "1 024 tokens"),
    )
    (tmp_path / DOCTOR).mkdir()
    for name, package in (("one", "peers 1.2"), ("own", None)):
        report = Report(f"examples/{name}.py:{name}", package, 5, "latents of it", "500 steps", 10.0, lines)
        (tmp_path / DOCTOR / f"{name}.json").write_text(json.dumps(asdict(report)))
    text = doctor_table()
    found = "**same indices: bfloat16 and same indices: float16**: 2 % of the tokens get another index (1 024 tokens)"
    assert f"| `examples/one.py:one` | 500 steps | 1 | {found} | **NaN**: a \\| b (one token) |" in text
    assert text.count(found) == 2 and text.endswith("\n\nOf peers 1.2, on latents of it.\n")


def test_the_docs_tell_what_the_bench_and_the_reports_here_say() -> None:
    text = (ROOT / "docs" / "own_quantizers.md").read_text(encoding="utf-8")
    assert f"<!-- own:begin -->\n{own_table()}<!-- own:end -->" in text
    assert f"<!-- doctor:begin -->\n{doctor_table()}<!-- doctor:end -->" in text
    examples = {file.stem for file in (ROOT / "examples").glob("*.py")}
    assert {file.stem for file in (ROOT / "checkpoints" / DOCTOR).glob("*.json")} == examples


def test_damaged_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    (tmp_path / NAME).write_text('[{"psnr_db": 20.0}]')
    with pytest.raises(ResultsError, match=f"^{NAME} is damaged .it lacks 'bits_per_token'"):
        own_table()
    (tmp_path / DOCTOR).mkdir()
    (tmp_path / DOCTOR / "one.json").write_text('{"lines": 3}')
    with pytest.raises(ResultsError, match="^one.json is damaged"):
        doctor_table()

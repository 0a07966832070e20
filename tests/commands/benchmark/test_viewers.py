"""`rfsq benchmark --viewers`: a class against the real app with tiny models, and what is asked wrongly."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from apart import apart
from tiny_models import save_tiny_models

from rfsq.app.remote_viewer import Change
from rfsq.commands import benchmark, cli
from rfsq.commands.benchmark import viewers
from rfsq.commands.benchmark.viewers import COLUMNS, Class


@pytest.mark.slow
def test_a_class_is_timed_and_the_memory_of_its_server_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(save_tiny_models(tmp_path)))
    monkeypatch.setattr(benchmark, "CLASS_S", 2.0)
    monkeypatch.setattr(
        viewers, "_wait_until_idle", lambda pid: None
    )  # it prepares for seconds what is not asked for here
    assert apart(cli.main, ["benchmark", "--viewers", "2", "--json", str(tmp_path / "class.json")]) == 0
    (found,) = json.loads((tmp_path / "class.json").read_text())["classes"]
    assert found["viewers"] == 2 and found["errors"] == []
    openings = [change for change in found["changes"] if change["what"] == "opening"]
    toggles = [change for change in found["changes"] if change["what"] == "toggle"]
    assert len(openings) == 2 and len(toggles) >= 2
    for change in found["changes"]:
        assert 0 < change["pictures_s"] <= change["all_s"] and change["received_bytes"] > 10_000
    before, most, after = found["memory_mb"]
    assert 100 < before <= most and after <= most
    text = capsys.readouterr().out
    assert "opening" in text and "2 viewers: memory" in text


def test_rows_give_quantiles_of_each_kind_of_change() -> None:
    changes = [Change("opening", seconds, 2 * seconds, 2_000_000) for seconds in range(1, 21)]
    toggle = Change("toggle", 0.5, 0.5, 500_000)
    rows = Class(20, (*changes, toggle), (), (math.nan,) * 3).rows()
    assert rows[0] == ["20", "opening", "20", "11.00", "20.00", "20.00", "22.00", "40.00", "40.00", "2.00"]
    assert rows[1][:3] == ["20", "toggle", "1"] and all(len(row) == len(COLUMNS) for row in rows)


@pytest.mark.parametrize("asked", ["0", "many", "1,,2", "501", "-3"])
def test_other_sizes_of_a_class_are_refused(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["benchmark", f"--viewers={asked}"]) == 2
    assert "takes counts of 1 … 500" in capsys.readouterr().err

"""The tables of times say which device a number is from, and where there is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from rfsq.evidence.stored import ResultsError
from rfsq.evidence.timing_tables import peers_table, waits_table


def timing(name: str, median: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "median_ms": median, **more}


def record(device: str, *timings: dict[str, Any], **more: Any) -> dict[str, Any]:
    machine = {"processor": "A processor", "device": device, "threads": 2, "torch": "2.0"}
    return {"machine": machine, "timings": list(timings), **more}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    return tmp_path


def test_without_measurements_there_are_no_tables(folder: Path) -> None:
    assert waits_table() == peers_table() == ""


def test_what_one_device_did_not_measure_is_said(folder: Path) -> None:
    frames = timing("live frames", 20.0, p95_ms=40.0, times_ms=[10.0, 20.0, 30.0])
    throughput = {"model": "mine", "batch_size": 32, "side": 64, "ours_images_per_s": 123.4}
    cpu = record("CPU, 2 threads", timing("toggle", 100.0), frames, throughputs=[throughput])
    (folder / "benchmark-cpu.json").write_text(json.dumps(cpu))
    table = waits_table()
    assert "| toggle | 100.0 | not measured |" in table
    assert "| live frames | 20.0, p95 40.0: 50 frames/s | not measured |" in table
    assert "| training mine, batch 32 of 64² | 123 images/s | not measured |" in table
    assert "CPU: A processor, 2 threads, torch 2.0." in table and "GPU: not measured." in table
    cuda = record("A card", timing("toggle", 2.0), timing("something new", 1.0))
    (folder / "benchmark-cuda.json").write_text(json.dumps(cuda))
    table = waits_table()
    assert "| toggle | 100.0 | 2.00 |" in table and "| something new | not measured | 1.00 |" in table
    assert "GPU: A processor, A card, 2 threads on the CPU, torch 2.0." in table


def test_rows_say_whom_they_are_against(folder: Path) -> None:
    row = {"name": "FSQ", "mode": "inference", "device": "cpu", "ours_ms": 1.0, "peer_ms": 3.0, "speed_ratio": 3.0}
    row |= {"ours_mb": 1.0, "peer_mb": 2.0, "memory_ratio": 0.5}
    released = row | {"name": "residual FSQ", "against": "the paper's released code"}
    packages = {"torch": "2.0", "vector-quantize-pytorch": "1.0"}
    found = record("CPU") | {"comparisons": [row, released], "throughputs": [], "packages": packages}
    (folder / "peers.json").write_text(json.dumps(found))
    table = peers_table()
    assert "| FSQ | inference | cpu | library | 1.00 | 3.00 | 3.0× |" in table
    assert "| residual FSQ | inference | cpu | released code |" in table


@pytest.mark.parametrize("name", ["benchmark-cpu.json", "peers.json"])
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    for content in ("{", "{}", '{"timings": [{"name": "toggle"}], "comparisons": [{"name": "FSQ"}]}'):
        (folder / name).write_text(content)
        with pytest.raises(ResultsError, match=f"^{name} is damaged"):
            waits_table() if name.startswith("benchmark") else peers_table()

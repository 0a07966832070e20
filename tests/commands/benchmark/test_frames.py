"""`rfsq benchmark --frames`: frames of many sizes against the real app, the arithmetic of its memory, and what is asked wrongly."""

from __future__ import annotations

import json
import math
import random
import shutil
from pathlib import Path

import pytest
from apart import apart
from paths import CHECKPOINTS

from rfsq.app.live_camera.frames import MOST_SIDE
from rfsq.app.live_camera.offered import NETWORK
from rfsq.commands import benchmark, cli
from rfsq.commands.benchmark import frames
from rfsq.commands.benchmark.frames import FrameCourse, frame_files


@pytest.mark.slow
def test_every_frame_is_answered_and_the_memory_of_the_server_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in CHECKPOINTS.glob(f"{NETWORK}.*"):
        shutil.copy(file, tmp_path)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(benchmark, "LEAST_FRAMES", 50)
    monkeypatch.setattr(frames, "FILES", 50)
    monkeypatch.setattr(frames, "SMALL", 32)
    json_file = tmp_path / "frames.json"
    assert apart(cli.main, ["benchmark", "--frames", "50", "--json", str(json_file)]) == 0
    found = json.loads(json_file.read_text())["memory"]
    assert found["frames"] == [*range(51)] and 25 < found["sizes"] <= 50
    assert all(mb > 100 for mb in found["resident_mb"]) and math.isfinite(found["slope_mb_per_1000_frames"])
    assert "50 frames of" in capsys.readouterr().out


def test_the_slope_is_that_of_the_second_half() -> None:
    course = FrameCourse((0, 1000, 2000, 3000, 4000), (100, 480, 500, 501, 502), 7, 90.0)
    assert course.slope == pytest.approx(1.0)
    assert (
        course.sentence
        == "4,000 frames of 7 sizes in 1.5 minutes: 100 MB before them, 502 MB at the end, between 500 and 502 MB in the second "
        "half. Slope +1.000 MB per 1,000 frames (least squares, 3 looks of the second half)."
    )
    assert course.rows()[1] == ["1,000", "480"]


def test_frames_are_of_many_sizes_and_some_as_large_as_the_server_takes() -> None:
    files, sizes = frame_files(200, random.Random(1))
    assert len(files) == 200 and len(sizes) > 150
    assert max(max(size) for size in sizes) > MOST_SIDE / 2 and sum(max(size) <= frames.SMALL for size in sizes) > 150


@pytest.mark.parametrize("asked", ["0", "999", "1000001", "-5"])
def test_other_counts_of_frames_are_refused(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["benchmark", f"--frames={asked}"]) == 2
    assert "--frames takes 1000 … 1000000" in capsys.readouterr().err

"""`rfsq benchmark --camera --minutes N`: the arithmetic of memory over time, real processes, and what is asked wrongly."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time

import pytest

from rfsq.commands import cli
from rfsq.commands.benchmark.memory import MemoryCourse, follow


def course(minutes: list[float], mb: list[float]) -> MemoryCourse:
    return MemoryCourse(tuple(60 * at for at in minutes), tuple(mb))


def test_the_slope_is_that_of_least_squares_without_the_first_minute() -> None:
    assert course([0, 0.5, 1, 2, 3, 4], [100, 700, 800, 802, 804, 806]).slope == pytest.approx(2.0)
    minutes, mb = [0, 1, 2, 4, 8, 9.5], [0, 800.0, 801, 799, 806, 805]
    mean_at, mean_mb = sum(minutes[1:]) / 5, sum(mb[1:]) / 5
    above = sum((at - mean_at) * (one - mean_mb) for at, one in zip(minutes[1:], mb[1:], strict=True))
    wanted = above / sum((at - mean_at) ** 2 for at in minutes[1:])
    found = course(minutes, mb)
    assert found.slope == pytest.approx(wanted)
    assert (
        "after the first minute: 800 MB; at the end, after 9.5 minutes: 805 MB; between 799 and 806 MB"
        in found.sentence
    )
    assert "Slope +0.717 MB a minute (least squares, 5 looks, first minute left out)" in found.sentence


def test_memory_that_stays_has_a_slope_of_zero() -> None:
    assert "Slope 0.000 MB a minute" in course([0, 1, 2, 3], [10, 800, 800, 800]).sentence


def test_less_than_a_minute_has_no_slope_and_says_so() -> None:
    short = course([0, 0.5], [700, 701])
    assert math.isnan(short.slope) and "not looked at after the first minute" in short.sentence
    assert short.as_record()["slope_mb_per_minute"] is None
    assert math.isnan(course([0, 1], [700, 701]).slope)  # one look is no line


def test_a_table_has_the_first_and_the_last_look_and_not_all() -> None:
    rows = course([n / 12 for n in range(1201)], [800.0] * 1201).rows()
    assert len(rows) == 20 and rows[0][0] == "0.0" and rows[-1][0] == "100.0"
    assert course([0, 0.1], [1, 2]).rows() == [["0.0", "1"], ["0.1", "2"]]


GROWS = "kept = []\nwhile input(): kept.append(bytearray(b'x' * 2_000_000)); print(flush=True)"


def test_a_process_that_grows_is_seen_to_grow_and_one_that_ended_is_said() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", GROWS], stdin=pipe, stdout=pipe, bufsize=0) as process:
        assert process.stdin is not None and process.stdout is not None

        def grow() -> None:
            for _ in range(3):
                process.stdin.write(b"more\n")  # type: ignore[union-attr]
                process.stdout.readline()  # type: ignore[union-attr]
            time.sleep(0.1)

        try:
            grow()
            found = follow(process.pid, 0.5, grow)
        finally:
            process.kill()
    assert len(found.mb) >= 2 and found.mb[-1] - found.mb[0] > 4 and found.seconds[-1] >= 0.5
    assert list(found.seconds) == sorted(found.seconds)
    with pytest.raises(ValueError, match="cannot be read: it has ended"):
        follow(process.pid, 0.5, lambda: None)


def test_this_process_is_as_large_as_the_system_says() -> None:
    psutil = pytest.importorskip("psutil")
    [mb] = follow(os.getpid(), 0.0, lambda: None).mb
    assert mb == pytest.approx(psutil.Process().memory_info().rss / 1e6, rel=0.1)


@pytest.mark.parametrize("asked", [["--minutes=5"], ["--camera", "--minutes=1"], ["--camera", "--minutes=nan"]])
def test_minutes_go_with_the_camera(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["benchmark", *asked]) == 2
    assert "--minutes goes with --camera and takes 2 … 1440" in capsys.readouterr().err

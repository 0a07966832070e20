"""The place that a sentence names is the deepest line that its reader wrote."""

from __future__ import annotations

from traceback import FrameSummary

import pytest

import rfsq
from rfsq.machine.places import place_of

OURS = f"{rfsq.__path__[0]}/machine/worker.py"
LIBRARY = "/usr/lib/python3/site-packages/torch/nn/modules/module.py"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (["<string>", OURS, "/home/me/mine.py"], "mine.py:3"),
        (["/home/me/mine.py", LIBRARY], "mine.py:1"),
        (["/home/me/mine.py", "/home/me/other.py", LIBRARY, OURS], "other.py:2"),
        ([OURS, LIBRARY], "module.py:2"),
        (["<string>", OURS], ""),
        ([LIBRARY, OURS], ""),
        ([], ""),
    ],
)
def test_the_deepest_line_that_is_neither_ours_nor_a_librarys(files: list[str], place: str) -> None:
    frames = [FrameSummary(file, number, "f", lookup_line=False) for number, file in enumerate(files, start=1)]
    assert place_of(frames) == place

"""`rfsq app`: which quantizers a process shows is said on its command line, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rfsq.app.shared.own_quantizers import name_quantizers, own_quantizers
from rfsq.commands import app
from rfsq.commands.cli import main


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The options that the server would be started with."""
    found: list[list[str]] = []
    monkeypatch.setattr(app, "start", lambda options: found.append(list(options)))
    yield found
    name_quantizers([])


def test_quantizers_are_named_and_all_other_options_passed_on(started: list[list[str]], tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("raise SystemExit\n")  # nothing runs before somebody looks at it
    arguments = [
        "--quantizer",
        f"{file}:Mine",
        "--quantizer-options",
        '{"levels": [4, 4]}',
        "--quantizer",
        f"{file}:Mine",
    ]
    assert main(["app", *arguments, "--server.port", "8600", "--quantizer", "a.b:Mine"]) == 0
    assert started == [["--server.port", "8600"]]
    assert [one.key for one in own_quantizers()] == ["Mine-4-4", "Mine", "Mine-2"]
    assert own_quantizers()[0].reference.options == {"levels": [4, 4]}
    assert [one.name_on("continuous-5") for one in own_quantizers()][1] == "continuous-5.own2-Mine"


def test_without_any_the_pages_start_as_always(started: list[list[str]]) -> None:
    assert main(["app", "--server.headless", "true"]) == 0
    assert started == [["--server.headless", "true"]] and not own_quantizers()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--quantizer", "nowhere/mine.py:Mine"], "there is no file mine.py at"),
        (["--quantizer", "mine"], "FILE.py:NAME"),
        (["--quantizer", "mine.py:Mine", "--quantizer-options", "{"], "not JSON"),
        (["--time-limit", "0"], "at least 1"),
    ],
)
def test_what_cannot_be_named_is_said_before_anything_starts(
    arguments: list[str], sentence: str, started: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["app", *arguments])
    except SystemExit as error:
        code = int(str(error.code))
    assert code == 2 and not started
    assert sentence in capsys.readouterr().err

"""Printing never ends the work: encodings, closed pipes, full disks and missing streams."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

from rfsq.commands.terminal import sentence

WORK = """
import sys
from pathlib import Path
from typing import Any
from rfsq.commands.terminal import lasting_output
with lasting_output():
    print("─── 3 × 4 … – −5\\u202fdB 写真")
    for number in range(int(sys.argv[2])):
        print("line", number)
    print("bar", file=sys.stderr)
    Path(sys.argv[1]).write_text("done")
"""


@pytest.fixture()
def script(tmp_path: Path) -> Path:
    path = tmp_path / "work.py"
    path.write_text(WORK, encoding="utf-8")
    return path


def work(script: Path, lines: int = 0, **options: Any) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    environment |= {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
    command = [sys.executable, str(script), str(script.with_name("result")), str(lines)]
    return subprocess.Popen(command, env=environment, **{"stderr": subprocess.PIPE} | options)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"PYTHONIOENCODING": "utf-8"}, "─── 3 × 4 … – −5\u202fdB 写真"),
        ({"PYTHONIOENCODING": "cp1252"}, "--- 3 × 4 … – -5 dB ??"),
        ({"PYTHONIOENCODING": "ascii"}, "--- 3 x 4 ... - -5 dB ??"),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "--- 3 x 4 ... - -5 dB ??"),
    ],
)
def test_an_encoding_that_lacks_characters_gets_plainer_ones(
    env: dict[str, str], said: str, script: Path, tmp_path: Path
) -> None:
    out, error = work(script, stdout=subprocess.PIPE, env=env).communicate()
    assert out.decode(env.get("PYTHONIOENCODING", "ascii")).splitlines()[0] == said and error == b"bar\n"
    assert (tmp_path / "result").read_text() == "done"


@pytest.mark.parametrize("lines", [0, 100_000])  # nothing but what a buffer holds, and much more
@pytest.mark.parametrize("closed", ["stdout", "stderr", "both"])
def test_a_reader_that_has_gone_changes_nothing(lines: int, closed: str, script: Path, tmp_path: Path) -> None:
    process = work(script, lines, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    if closed != "stderr":
        process.stdout.close()
    if closed != "stdout":
        process.stderr.close()
    said = process.stdout.read() if closed == "stderr" else process.stderr.read() if closed == "stdout" else b""
    assert process.wait() == 0 and (tmp_path / "result").read_text() == "done"
    assert b"Error" not in said and (closed != "stdout" or said == b"bar\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_standard_output_is_an_error_after_the_work(script: Path, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        process = work(script, stdout=full)
    _, error = process.communicate()
    assert process.returncode == 1 and (tmp_path / "result").read_text() == "done"
    assert error.decode().splitlines()[-1] == "OSError: [Errno 28] No space left on device: 'standard output'"


def test_streams_that_were_closed_before_are_no_error(script: Path, tmp_path: Path) -> None:
    command = f"'{sys.executable}' '{script}' '{tmp_path / 'result'}' 5 >&- 2>&-"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.run(["sh", "-c", command], env=environment, check=False).returncode == 0
    assert (tmp_path / "result").read_text() == "done"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device", "/a/b"), "'/a/b': no space left on device"),
        (PermissionError(13, "Permission denied", "a\x1b[31m\nb"), r"'a\x1b[31m\nb': permission denied"),
        (OSError("odd"), "odd"),
        (ValueError("two\n  lines and \x9b a \u202e turn"), r"two lines and \x9b a \u202e turn"),
        (ValueError(), "ValueError"),
    ],
)
def test_errors_are_one_line_that_does_nothing_to_a_terminal(error: Exception, said: str) -> None:
    assert sentence(error) == said

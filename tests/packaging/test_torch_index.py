"""tools/torch_index.sh picks the build of torch: the real script, between programs that answer as other machines would."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from paths import ROOT

CPU = "--extra-index-url https://download.pytorch.org/whl/cpu\n"
SHELL = shutil.which("sh")

pytestmark = pytest.mark.skipif(
    SHELL is None or Path("/proc/driver/nvidia/gpus").exists(), reason="needs a POSIX shell and no NVIDIA driver"
)


def choice(folder: Path, *, system: str, card: str | None, reachable: bool, **variables: str) -> tuple[str, str]:
    """What the script prints for pip and for people, on a machine whose programs answer like this."""
    programs = {"uname": f"echo {system}", "python3": f"exit {0 if reachable else 1}"}
    if card is not None:
        programs["nvidia-smi"] = card
    for name, line in programs.items():
        (folder / name).write_text(f"#!{SHELL}\n{line}\n")
        (folder / name).chmod(0o755)
    (folder / "grep").symlink_to(str(shutil.which("grep")))
    done = subprocess.run(
        [str(SHELL), str(ROOT / "tools" / "torch_index.sh")],
        env={"PATH": str(folder), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


LISTED = "echo 'GPU 0: NVIDIA RTX (UUID: GPU-1)'"
NO_DRIVER = "echo 'NVIDIA-SMI has failed because it could not communicate with the driver.'; exit 9"


@pytest.mark.parametrize("card", [None, NO_DRIVER])
def test_linux_without_a_card_gets_the_cpu_build(tmp_path: Path, card: str | None) -> None:
    options, said = choice(tmp_path, system="Linux", card=card, reachable=True)
    assert options == CPU and "no NVIDIA card" in said


def test_linux_with_a_card_gets_the_build_that_uses_it(tmp_path: Path) -> None:
    options, said = choice(tmp_path, system="Linux", card=LISTED, reachable=True)
    assert options == "" and "uses the NVIDIA card" in said


def test_where_only_the_ordinary_registry_answers_it_is_used_and_the_price_is_said(tmp_path: Path) -> None:
    options, said = choice(tmp_path, system="Linux", card=None, reachable=False)
    assert options == "" and "does not answer" in said and "2.5 GB" in said


def test_a_mac_asks_nobody(tmp_path: Path) -> None:
    options, said = choice(tmp_path, system="Darwin", card=None, reachable=False)
    assert options == "" and "2.5 GB" not in said


@pytest.mark.parametrize(("index", "options"), [("https://a.example/cu126", True), ("", False)])
def test_a_person_may_choose(tmp_path: Path, index: str, options: bool) -> None:
    printed, said = choice(tmp_path, system="Linux", card=LISTED, reachable=True, TORCH_INDEX=index)
    assert printed == (f"--extra-index-url {index}\n" if options else "") and "TORCH_INDEX" in said


def test_the_real_probe_ends_soon_where_nothing_answers(tmp_path: Path) -> None:
    """With the real Python and a proxy that refuses: no fake but the machine's name and its lack of a card."""
    (tmp_path / "uname").write_text(f"#!{SHELL}\necho Linux\n")
    (tmp_path / "uname").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "https_proxy": "http://127.0.0.1:9"}
    environment.pop("TORCH_INDEX", None)
    done = subprocess.run(
        [str(SHELL), str(ROOT / "tools" / "torch_index.sh")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    assert done.stdout == "" and "does not answer" in done.stderr

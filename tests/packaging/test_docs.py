"""The guide and the API reference are built without a warning, name every module and need no network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from imports import MODULES
from paths import ROOT

pytestmark = pytest.mark.slow
COPIED = ("docs", "rfsq", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "notebooks", "checkpoints")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that looks like the repository, in which a test may write."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in COPIED:
        (folder / name).symlink_to(ROOT / name)
    (folder / "docs").unlink()
    (folder / "docs").mkdir()
    for path in (ROOT / "docs").iterdir():
        (folder / "docs" / path.name).symlink_to(path)
    (folder / "docs" / "build.py").unlink()
    (folder / "docs" / "build.py").write_bytes((ROOT / "docs" / "build.py").read_bytes())
    return folder


def build(repository: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(repository / "docs" / "build.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_reference_has_every_module_loads_nothing_from_elsewhere_and_its_links_lead_to_files(
    repository: Path,
) -> None:
    done = build(repository)
    assert done.returncode == 0, done.stderr
    html = repository / "build" / "docs"
    pages = {path.relative_to(html).with_suffix("").as_posix().replace("/", ".") for path in html.rglob("*.html")}
    documented = {name for name in MODULES if not name.startswith(("rfsq.app", "rfsq.commands", "rfsq.__main__"))}
    assert pages == documented | {"index"}
    for path in html.rglob("*.html"):
        assert not re.search(r'(?:src|rel="stylesheet" href)="https?://', path.read_text(encoding="utf-8")), path.name
    # The links of the guide lead to files.
    links = re.findall(r'href="(\.\./[^"]+)"', (html / "index.html").read_text(encoding="utf-8"))
    assert sum(link.endswith(".ipynb") for link in links) == len(list((ROOT / "notebooks").glob("*.ipynb")))
    assert all((html / link).exists() for link in links)


def test_a_link_to_nothing_is_an_error(repository: Path) -> None:
    guide = repository / "docs" / "guide.md"
    text = guide.read_text(encoding="utf-8")
    guide.unlink()
    guide.write_text(text + "\n[gone](../gone.md)\n", encoding="utf-8")
    done = build(repository)
    assert done.returncode != 0 and "../gone.md" in done.stderr

"""Two notebooks in a real JupyterLab: run from the menu, a slider is moved, and what is drawn changes. Copies, because
JupyterLab saves what it runs; started as `make notebooks` starts it, on another folder."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paths import ROOT
from playwright.sync_api import Locator, Page, expect
from server import free_port

PATIENCE_S = 120
OpenPage = Callable[..., Page]
OPENED = ("00_quickstart", "03_residuals_and_decay")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a JupyterLab over copies of the notebooks, which leaves nothing in the user's own folders."""
    folder, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    for name in OPENED:
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"),
        f"--config={ROOT / 'notebooks' / 'jupyter_lab_config.py'}",
    ]
    own = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    log = home / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **own, "PYTHONPATH": str(ROOT)}, stdout=output, stderr=output
        )
    try:
        wait_until_there(process, f"{url}/api", log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_until_there(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-3000:]}")


def run_all(page: Page) -> None:
    """Run → Run All Cells, as a reader does, and wait until the kernel has nothing more to do."""
    expect(page.locator(".jp-NotebookPanel .jp-Cell").first).to_be_visible()
    expect(page.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible()  # else it asks for a kernel
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def slider(page: Page) -> Locator:
    handle = page.locator(".jupyter-widgets .noUi-handle").first
    handle.scroll_into_view_if_needed()
    expect(handle).to_be_visible()
    return handle


def test_quickstart_runs_and_the_slider_changes_the_pictures(lab: str, open_page: OpenPage):
    page = open_page(f"{lab}/lab/tree/00_quickstart.ipynb?reset")
    run_all(page)
    handle = slider(page)
    output = page.locator(".jp-Cell-outputArea", has=page.locator(".jupyter-widgets"))
    picture = output.locator(".jp-RenderedImage img")
    before = picture.get_attribute("src")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".widget-readout")).to_have_text("2")
    expect(picture).not_to_have_attribute("src", before or "")
    assert picture.count() == 1


def test_the_stage_slider_redraws_the_plot_in_its_place(lab: str, open_page: OpenPage):
    page = open_page(f"{lab}/lab/tree/03_residuals_and_decay.ipynb?reset")
    run_all(page)
    handle = slider(page)
    output = page.locator(".jp-Cell-outputArea", has=page.locator(".widget-slider"))
    title = output.locator(".js-plotly-plot .gtitle")
    expect(title).to_contain_text("stage 1 of 4")
    handle.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("stage 4 of 4")
    assert title.count() == 1 and "4 of 16" in (title.text_content() or "")

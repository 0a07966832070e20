"""Run the notebooks again in place: `.venv/bin/python notebooks/refresh.py [NAME …]`, all of them by default.

Afterwards a file can be read without running it: every figure has a static picture beside its data (this needs a Chrome
or Chromium; without one a notebook with figures is not written), controls are replaced by a sentence,
the measured time stands at the top, and what changes from run to run is gone.
"""

from __future__ import annotations

import base64
import json
import math
import re
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import kaleido
import nbformat
import plotly.io
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
PLAY = "▶ **Run this notebook to play:** here you see the first state of the control."
_LARGEST_FIGURE = 120_000  # characters of plotly data kept in the file; a larger figure is its picture until it is run


def refresh(path: Path) -> float:
    """Run one notebook, write it back, return the seconds that it took. Raises CellExecutionError if a cell does."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    started = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - started
    settle(notebook, seconds)
    nbformat.write(notebook, path)
    return seconds


def settle(notebook: Any, seconds: float) -> None:
    """Make an executed notebook readable on its own and the same from run to run."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    rounded = 5 * math.ceil(seconds / 5)
    top = notebook.cells[0]
    top.source = re.sub(r"about \d+ s on", f"about {rounded} s on", top.source)
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02}", {}
        if cell.cell_type == "code":
            cell.outputs = [part for output in _joined(cell.outputs) for part in _settled(output)]


def _joined(outputs: list[Any]) -> list[Any]:
    """Printed lines arrive in pieces, as it happens: neighbours become one output."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _settled(output: Any) -> list[Any]:
    data = output.get("data", {})
    parts = [output]
    if data.pop(WIDGET, None):
        words = nbformat.v4.new_output("display_data", {"text/markdown": PLAY, "text/plain": PLAY.replace("**", "")})
        parts = [words, output] if PLOTLY in data else [words]  # a row of controls stands alone above pictures
    if PLOTLY in data:
        data["image/png"] = base64.b64encode(_picture(data[PLOTLY])).decode()
        if len(json.dumps(data[PLOTLY])) > _LARGEST_FIGURE:
            del data[PLOTLY]
    output.pop("transient", None)
    return parts


def _picture(figure: dict[str, Any]) -> bytes:
    plain = plotly.io.from_json(json.dumps({"data": figure["data"], "layout": figure["layout"]}))
    return bytes(plain.to_image("png", width=figure["layout"]["width"], height=figure["layout"].get("height", 420)))


def main(names: list[str]) -> None:
    paths = [path for path in sorted(FOLDER.glob("*.ipynb")) if not names or any(name in path.name for name in names)]
    warnings.filterwarnings("ignore", "The kopts argument is ignored")  # plotly says so of its own defaults
    kaleido.start_sync_server(silence_warnings=True)  # one browser for all pictures
    try:
        for path in paths:
            seconds = refresh(path)
            print(f"{path.name}: {seconds:.1f} s, {path.stat().st_size / 1e6:.2f} MB")
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


if __name__ == "__main__":
    main(sys.argv[1:])

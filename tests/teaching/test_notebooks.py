"""The notebooks: what is committed can be read without running it, and what is written runs.

Run the second part alone with `pytest tests/teaching/test_notebooks.py`; `notebooks/refresh.py` makes the outputs again.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from paths import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    "00_quickstart",
    "01_rounding_with_gradients",
    "02_vq_fsq_lfq",
    "03_residuals_and_decay",
    "04_conditioning",
    "05_train_your_own",
    "06_honest_bits",
    "07_reading_the_paper",
    "08_same_network",
    "09_your_quantizer",
    "10_perception",
]
LIMIT = 2_000_000  # bytes
LINES = 14
PLOTLY = "application/vnd.plotly.v1+json"
LESS = (
    "SECONDS = 20",
    "SECONDS = 8",
)  # of training, which is real time: what a notebook claims of it holds after a few steps
WIDGET = "application/vnd.jupyter.widget-view+json"

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str = "code") -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def bundles(path: Path) -> list[tuple[str, dict]]:
    """The source of a cell with each thing that it displayed."""
    return [(cell.source, output.data) for cell in cells(path) for output in cell.outputs if "data" in output]


def test_all_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS] == NAMES


@every_notebook
def test_a_notebook_opens_with_a_question_and_its_time(path):
    top = nbformat.read(path, as_version=4).cells[0]
    title, _, rest = top.source.partition("\n")
    assert top.cell_type == "markdown" and re.fullmatch(rf"# {path.stem[:2]} · .+\?", title)
    assert re.search(r"\*\*Time:\*\* about \d+ s on two CPU cores", rest)


@every_notebook
def test_a_committed_notebook_is_complete_small_and_without_errors(path):
    assert path.stat().st_size < LIMIT
    assert [cell.execution_count for cell in cells(path)] == list(range(1, len(cells(path)) + 1))
    outputs = [output for cell in cells(path) for output in cell.outputs]
    assert outputs and {output.output_type for output in outputs} <= {"stream", "display_data"}
    assert not [output.text for output in outputs if output.output_type == "stream" and output.name != "stdout"]


@every_notebook
def test_every_figure_has_a_static_picture_and_every_control_a_sentence(path):
    shown = bundles(path)
    assert all("image/png" in data for _, data in shown if "text/markdown" not in data)
    assert not any(WIDGET in data for _, data in shown)
    controls = sum(len(re.findall(r"^play(?:_pictures)?\(", cell.source, re.MULTILINE)) for cell in cells(path))
    assert sum("Run this notebook to play" in data.get("text/markdown", "") for _, data in shown) == controls
    shows = r"^(?:show|show_pictures|watch|play|play_pictures)\("
    figures = sum(len(re.findall(shows, cell.source, re.MULTILINE)) for cell in cells(path))
    assert sum("image/png" in data for _, data in shown) == figures > 0


@every_notebook
def test_figures_fit_beside_the_list_of_files(path):
    widths = {data[PLOTLY]["layout"]["width"] for _, data in bundles(path) if PLOTLY in data}
    assert max(widths, default=0) <= 845, "px of a cell of JupyterLab in a window of 1280"


@every_notebook
def test_cells_are_short_and_prose_stands_before_code(path):
    notebook = nbformat.read(path, as_version=4).cells
    assert max(cell.source.count("\n") + 1 for cell in cells(path)) <= LINES
    assert notebook[0].cell_type == "markdown"
    runs = "".join(cell.cell_type[0] for cell in notebook)
    assert "cccc" not in runs, "four cells of code without a word between them"
    assert any("assert " in cell.source for cell in cells(path))


@every_notebook
def test_a_notebook_does_not_depend_on_this_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(?:work|home|root|tmp|Users)/", text)
    # Names of addresses in code would need the network.
    assert not any("http" in cell.source for cell in cells(path))
    metadata = nbformat.read(path, as_version=4).metadata
    assert set(metadata) == {"kernelspec", "language_info"} and "version" not in metadata.language_info


@every_notebook
def test_links_lead_to_notebooks_that_exist(path):
    for cell in cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)]+)\)", cell.source):
            assert (path.parent / target).is_file(), target


@every_notebook
def test_the_last_cell_checks_an_answer_that_is_still_open(path):
    *_, exercise, check = cells(path)
    assert exercise.source.startswith("answer = None")
    call = ast.parse(check.source).body[-1].value
    assert call.func.id == "check" and isinstance(call.args[0], ast.Constant)
    assert check.outputs[0].text.startswith("No answer yet")


@pytest.mark.spread
@pytest.mark.slow
@every_notebook
def test_a_notebook_runs(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(*LESS)
    execute(notebook)


def test_what_is_run_shorter_stands_in_one_notebook():
    assert [path.stem for path in NOTEBOOKS for cell in cells(path) if LESS[0] in cell.source] == ["05_train_your_own"]


@pytest.mark.spread
@pytest.mark.slow
def test_a_notebook_whose_claim_is_false_fails():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 + 1 == 3")])
    with pytest.raises(CellExecutionError, match="AssertionError"):
        execute(notebook)


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run all cells as a reader does, in a kernel of its own that starts in the notebooks' folder.

    Raises CellExecutionError, with the cell and its error, at the first cell that raises.
    """
    NotebookClient(
        notebook, kernel_name="python3", timeout=240, resources={"metadata": {"path": str(ROOT / "notebooks")}}
    ).execute()

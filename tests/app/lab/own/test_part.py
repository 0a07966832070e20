"""The part "Own quantizers" of the Lab: cells, bits and failures of a quantizer that the process was started with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from app_pages import open_at, run_until, texts
from paths import ROOT
from streamlit.testing.v1 import AppTest

from rfsq.app.lab import runs
from rfsq.app.lab.own import part
from rfsq.app.lab.own.planes import GRID, OwnPlane, known_plane, ours_at, plane_work
from rfsq.app.lab.own.settings import OwnView, read_own_link, write_own_link
from rfsq.app.shared.own_quantizers import name_quantizers, own_quantizers
from rfsq.figures.plane import REACH

Start = Callable[..., None]


@pytest.fixture
def planes(start_with: Start) -> Iterator[Callable[[str], OwnPlane]]:
    """The plane of a class of `outside_quantizers.py`, as the page finds it."""

    def find(name: str) -> OwnPlane:
        start_with(name)
        [quantizer] = own_quantizers()
        samples = runs.samples_of("gaussian", OwnView().samples(), None)
        work = plane_work(quantizer, samples, samples)
        assert work.wait(60) and not work.problem, work.problem
        found = known_plane(quantizer, samples, samples)
        assert found is not None
        return found

    yield find


def open_part(**query: str) -> AppTest:
    page = open_at("lab", part="own", **query)
    return run_until(page, lambda: page.get("plotly_chart") or "cannot be shown" in texts(page))


@pytest.mark.slow
def test_cells_are_where_the_quantizer_puts_points_and_samples(planes: Callable[[str], OwnPlane]) -> None:
    plane = planes("TwoStages")
    assert plane.cells is not None and plane.cells.shape == (2, GRID, GRID)
    # Signs: four quarters after one stage, which samples and points share; sixteen cells after two.
    assert [len(np.unique(cells)) for cells in plane.cells] == [4, 16]
    assert plane.cells[0][0, 0] != plane.cells[0][0, -1] and plane.cells[0][0, 0] != plane.cells[0][-1, 0]
    columns, rows = ((plane.samples.T / REACH + 1) / 2 * GRID).astype(int).clip(0, GRID - 1)
    inside = (np.abs(plane.samples) < REACH - 0.1).all(axis=1) & (np.abs(plane.samples) > 0.1).all(axis=1)
    assert (plane.cells[0][rows, columns] == plane.cell[0])[inside].all()
    assert (np.sign(plane.coded[0]) == np.sign(plane.samples))[inside].all()
    assert plane.bits == (0.0, 2.0, 4.0) and plane.codes_after(1) == 4 and plane.codes_after(2) == 16
    assert plane.distortion[0] > plane.distortion[1] > plane.distortion[2]
    assert plane.codes(1).shape == (4, 2) and len(np.unique(np.abs(plane.codes(1)).round(5))) == 1


@pytest.mark.slow
def test_stages_that_nobody_can_tell_apart_are_one(planes: Callable[[str], OwnPlane]) -> None:
    plane = planes("Opaque")
    assert plane.stages == 1 and plane.bits == (0.0, 4.0) and plane.codes_after(1) == 16
    assert plane.cells is not None and len(np.unique(plane.cells)) == 16


@pytest.mark.slow
def test_what_depends_on_the_other_points_has_no_cells(planes: Callable[[str], OwnPlane]) -> None:
    assert planes("OfTheBatch").cells is None


def test_ours_beside_it_has_the_nearest_bits() -> None:
    assert ours_at(8, 2) == (4, 2)
    assert ours_at(8, 1) == (16, 1)
    assert ours_at(10, 1) == (2, 5), "32 levels are not offered"
    assert ours_at(0.1, 1) == (2, 1)


@pytest.mark.slow
def test_the_part_shows_cells_and_what_bits_buy_beside_ours(start_with: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[object, ...]] = []
    figure = part.own_cells

    def draw(*arguments: object, **words: object) -> object:
        drawn.append((*arguments, words["title"]))
        return figure(*arguments, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(part, "own_cells", draw)
    start_with("TwoStages", "Raises", "OfTheBatch")
    page = open_part(own="TwoStages", source="ring")
    assert len(page.get("plotly_chart")) == 2
    assert page.selectbox(key="lab-own-source").value == "ring"
    assert "16 cells" in str(drawn[-1][-1]) and "after 2 stages" in str(drawn[-1][-1])
    claim = next(str(block.value) for block in page.markdown if "own TwoStages leaves" in str(block.value))
    assert "With 4\u202fbits a sample" in claim and "of ours" in claim
    assert "2 stages of 2 levels" in texts(page) and "nothing to train" in texts(page)
    page.segmented_control(key="lab-own-stages").set_value(1).run()
    assert "of 4 cells" in str(drawn[-1][-1])

    page.segmented_control(key="lab-own-quantizer").set_value("Raises").run()
    run_until(page, lambda: "cannot be shown" in texts(page))
    assert "own Raises on the plane of two channels cannot be shown" in texts(page) and "not these latents" in texts(
        page
    )
    page.segmented_control(key="lab-own-quantizer").set_value("OfTheBatch").run()
    run_until(page, lambda: "it has no cells to draw" in texts(page))
    assert drawn[-1][0] is None and not page.exception


@pytest.mark.slow
def test_a_quantizer_for_another_number_of_channels_says_so(start_with: Start) -> None:
    name_quantizers([])
    start_with("tests/broken_quantizers.py:Sound")
    page = open_part()
    assert "it takes latents of 2 channels in no layout" in texts(page)


def test_links_come_back_and_name_no_code() -> None:
    settings = OwnView("Mine", "ring", 7, 2)
    parsed = dict(pair.split("=") for pair in write_own_link(settings).split("&"))
    name_quantizers([])
    assert read_own_link(parsed, ["Other", "Mine"])[0] == settings
    wrong, notes = read_own_link({"part": "own", "own": f"{ROOT}/tests/outside_quantizers.py:Hangs"}, ["Mine"])
    assert wrong.own == "Mine" and any("This app was started without the quantizer" in note for note in notes)


def test_without_a_quantizer_on_the_command_line_there_is_no_such_part(start_with: Start) -> None:
    start_with()
    page = open_at("lab", part="own")
    assert "There is no part of the Lab “own”" in texts(page)
    assert "lab-own-quantizer" not in [control.key for control in page.segmented_control]

"""What the grid of stacks is made of, and that it is read as it was written."""

from pathlib import Path

import pytest

from rfsq.evidence.stacks import grid as stack_grid
from rfsq.evidence.stacks.grid import (
    CLOSE_NETWORK,
    CloseScores,
    StackGrid,
    StackScore,
    close_specs,
    grid_specs,
    load_grid,
    write_grid,
)
from rfsq.evidence.stored import ResultsError

NONE, SCALE = (f"fsq:levels=2,stages=4,conditioning={name}" for name in ("none", "scale"))
ROWS = (
    StackScore(CLOSE_NETWORK, NONE, 20.0, 1.25, 1.1, 18.71234, (18.5, 18.9), 0.369, None),
    StackScore(CLOSE_NETWORK, SCALE, 20.0, 1.25, 1.2, 28.5, (28.1, 28.9), None, (9.8, 9.6, 10.0)),
)
GRID = StackGrid(
    "python -m rfsq stacks --images DIR",
    "DIR",
    "ab12",
    3,
    2,
    {CLOSE_NETWORK: "cd34"},
    {CLOSE_NETWORK: (30.46, None)},
    ROWS,
    {
        NONE: CloseScores((18.0, 19.0, 19.1), (17.8, 18.7, 18.7, 18.7)),
        SCALE: CloseScores((28.0, 28.5, 29.0), (14.8, 21.1, 25.9, 28.5)),
    },
)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "stacks.json"
    monkeypatch.setattr(stack_grid, "grid_file", lambda: path)
    write_grid(GRID, path)
    return path


def test_a_grid_is_read_as_it_was_written(stored: Path) -> None:
    again = load_grid()
    assert again is not None and (again.command, again.images, again.close) == (GRID.command, 3, GRID.close)
    assert again.scores[1] == ROWS[1] and again.scores[0].psnr_db == 18.7123
    assert again.ceilings == {CLOSE_NETWORK: (30.46, None)}
    assert again.difference(SCALE, NONE).mean == pytest.approx(9.8, abs=0.01)


def test_what_was_not_measured_is_said(stored: Path) -> None:
    with pytest.raises(ResultsError, match=r"no results of fsq:levels=3"):
        GRID.score(CLOSE_NETWORK, "fsq:levels=3,stages=4,conditioning=none")
    with pytest.raises(ResultsError, match="photo by photo"):
        GRID.per_photo("lfq:stages=1,conditioning=none")


@pytest.mark.parametrize(
    ("found", "changed"),
    [
        ('"images": 3', '"images": 4'),
        ('"bits_per_token"', '"bits"'),
        ('"scores": [', '"scores": [1,'),
        ('"format"', '"formal"'),
    ],
)
def test_a_damaged_file_is_one_sentence(stored: Path, found: str, changed: str) -> None:
    whole = stored.read_text()
    assert found in whole
    stored.write_text(whole.replace(found, changed, 1))
    with pytest.raises(ResultsError, match="damaged"):
        load_grid()


def test_no_file_is_no_grid(stored: Path) -> None:
    stored.unlink()
    assert load_grid() is None


def test_the_grid_has_every_stack_that_fits_into_62_bits() -> None:
    texts = [spec.text for spec in grid_specs("continuous-5")]
    assert len(texts) == len(set(texts)) == 5 * 8 * 6 + 16 + 6
    assert "fsq:levels=16,stages=8,conditioning=gain" in texts
    assert not any("levels=16" in spec.text for spec in grid_specs("continuous-20"))
    assert {spec.text for spec in close_specs()} <= set(texts)

"""Each stack is measured as its model reconstructs, and once: a run that was stopped goes on where it was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from smooth import smooth_photo

from rfsq import load_model, to_pixels, to_tensor
from rfsq.evidence.image_folder import EvaluationError
from rfsq.evidence.stacks import measure as stack_measure
from rfsq.evidence.stacks.grid import StackGrid
from rfsq.evidence.stacks.measure import GridPhotos, measure_grid
from rfsq.metrics.image import psnr_db
from rfsq.model.stack import StackSpec
from rfsq.photos.write import write_png

NETWORK = "continuous-4"
SPECS = [StackSpec.parse(f"fsq:levels=2,stages=2,conditioning={name}") for name in ("none", "layernorm")]
Measure = Callable[..., StackGrid]


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, file in enumerate(files):
        write_png(smooth_photo(32, 40, seed), file)
    return files


@pytest.fixture
def measured(photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Measure, list[str]]:
    """The measurement of SPECS alone, and the stacks that it fitted so far."""
    fitted: list[str] = []
    fit = stack_measure.fit_stack_to

    def count(network: str, spec: StackSpec) -> object:
        fitted.append(spec.conditioning)
        return fit(network, spec)

    monkeypatch.setattr(stack_measure, "grid_specs", lambda network: SPECS)
    monkeypatch.setattr(stack_measure, "close_specs", lambda: SPECS)
    monkeypatch.setattr(stack_measure, "is_close", lambda network, spec: spec in SPECS)
    monkeypatch.setattr(stack_measure, "CLOSE_NETWORK", NETWORK)
    monkeypatch.setattr(stack_measure, "fit_stack_to", count)

    def measure(**others: object) -> StackGrid:
        seen = GridPhotos.read(photos)
        return measure_grid(seen, [NETWORK], command="test", device=torch.device("cpu"), **others)  # type: ignore[arg-type]

    return measure, fitted


def test_a_row_is_what_the_model_of_that_name_does(measured: tuple[Measure, list[str]]) -> None:
    grid = measured[0]()
    for spec in SPECS:
        score = grid.score(NETWORK, spec.text)
        model = load_model(spec.name_on(NETWORK))
        images = torch.cat([to_tensor(smooth_photo(32, 40, seed)) for seed in range(3)])
        for stages, found in ((1, grid.close[spec.text].psnr_after[0]), (2, score.psnr_db)):
            shown = torch.cat([to_tensor(to_pixels(model.reconstruct(image[None], stages=stages))) for image in images])
            assert found == pytest.approx(float(psnr_db(images, shown).mean()), abs=0.02)
        assert score.bits_per_token == 8 and (score.versus_none_db is None) == (spec.conditioning == "none")
        assert len(grid.close[spec.text].psnr_db) == 3
    none, norm = grid.scores
    assert norm.bpp_nominal > none.bpp_nominal  # side information is counted
    assert norm.versus_none_db is not None and norm.versus_none_db[0] == pytest.approx(norm.psnr_db - none.psnr_db)


def test_what_was_measured_is_kept_and_a_stopped_run_goes_on(measured: tuple[Measure, list[str]]) -> None:
    measure, fitted = measured
    kept: list[StackGrid] = []
    grid = measure(keep=kept.append)
    assert [len(state.scores) for state in kept] == [1, 2]
    again = measure(known=grid)
    assert (fitted, again.scores) == (["none", "layernorm"], grid.scores)
    # Stopped after the first stack: the other is measured, and the one that it is compared with once more.
    resumed = measure(known=kept[0])
    assert fitted[2:] == ["none", "layernorm"] and resumed.scores == grid.scores


@pytest.mark.parametrize(
    "change", [{"folder_sha256": "other"}, {"fit_version": 0}, {"weights": {NETWORK: "other"}}, {"close": {}}]
)
def test_rows_of_anything_else_are_measured_again(
    measured: tuple[Measure, list[str]], change: dict[str, object]
) -> None:
    measure, fitted = measured
    grid = measure()
    assert measure(known=replace(grid, **change)).scores == grid.scores  # type: ignore[arg-type]
    assert len(fitted) == 4


def test_photos_of_different_sizes_are_refused(photos: list[Path]) -> None:
    write_png(smooth_photo(16, 16, 0), photos[0])
    for files in (photos, []):
        with pytest.raises(EvaluationError, match="of one size"):
            GridPhotos.read(files)

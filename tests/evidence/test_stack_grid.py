"""The grid measures each stack as its model reconstructs, and is read as it was written."""

from pathlib import Path

import pytest
import torch
from smooth import smooth_photo

from rfsq import load_model, to_pixels, to_tensor
from rfsq.evidence import stack_grid
from rfsq.evidence.evaluation import EvaluationError
from rfsq.evidence.results import ResultsError
from rfsq.evidence.stack_grid import grid_specs, load_grid, measure_grid, write_grid
from rfsq.metrics.image import psnr_db
from rfsq.model.stack import StackSpec
from rfsq.photos.write import write_png

SPECS = [StackSpec.parse(f"fsq:levels=2,stages=2,conditioning={name}") for name in ("none", "layernorm")]


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, file in enumerate(files):
        write_png(smooth_photo(32, 40, seed), file)
    return files


def test_a_row_is_what_the_model_of_that_name_does(photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_grid, "grid_specs", lambda network: SPECS)
    grid = measure_grid(photos, ["continuous-4"], command="test", device=torch.device("cpu"))
    for spec in SPECS:
        score = grid.find("continuous-4", spec.text)
        model = load_model(spec.name_on("continuous-4"))
        images = torch.cat([to_tensor(smooth_photo(32, 40, seed)) for seed in range(3)])
        shown = torch.cat([to_tensor(to_pixels(model.reconstruct(image[None]))) for image in images])
        assert score is not None and score.psnr_db == pytest.approx(float(psnr_db(images, shown).mean()), abs=0.02)
        assert score.bits_per_token == 8 and (score.versus_none_db is None) == (spec.conditioning == "none")
    none, norm = grid.scores
    assert norm.bpp_nominal > none.bpp_nominal  # side information is counted
    assert norm.versus_none_db is not None and norm.versus_none_db[0] == pytest.approx(norm.psnr_db - none.psnr_db)
    monkeypatch.setattr(stack_grid, "grid_file", lambda: photos[0].with_name("stacks.json"))
    write_grid(grid, stack_grid.grid_file())
    again = load_grid()
    assert again is not None and again.images == 3 and len(again.scores) == 2
    assert again.scores[1].psnr_interval == pytest.approx(norm.psnr_interval, abs=1e-4)
    stack_grid.grid_file().write_text('{"format": 1}')
    with pytest.raises(ResultsError, match="damaged"):
        load_grid()


def test_the_grid_has_every_stack_that_fits_into_62_bits() -> None:
    texts = [spec.text for spec in grid_specs("continuous-5")]
    assert len(texts) == len(set(texts)) == 5 * 8 * 6 + 16 + 6
    assert "fsq:levels=16,stages=8,conditioning=gain" in texts
    assert not any("levels=16" in spec.text for spec in grid_specs("continuous-20"))


def test_photos_of_different_sizes_are_refused(photos: list[Path]) -> None:
    write_png(smooth_photo(16, 16, 0), photos[0])
    for files in (photos, []):
        with pytest.raises(EvaluationError, match="of one size"):
            measure_grid(files, ["continuous-4"], command="test", device=torch.device("cpu"))

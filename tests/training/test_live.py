"""A live run: equal for equal seeds, resumable, bounded by its plan, never touching the global generator."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from rfsq.figures import training_curves
from rfsq.model.archive import checkpoint_bytes, open_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import EXAMPLES
from rfsq.photos.pixels import to_tensor
from rfsq.quantizers import CONDITIONINGS
from rfsq.training.live import (
    CHOICES,
    LOW_RATE,
    LiveRun,
    LiveRunError,
    Row,
    base_of,
    columns,
    gallery_photos,
    held_out_for,
    live_config,
    live_recipe,
    rate_at,
)

pytestmark = pytest.mark.slow

Tiny = Callable[..., ModelConfig]
MakePhoto = Callable[..., np.ndarray]


def untimed(rows: list[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def test_two_runs_of_one_seed_are_equal_however_they_are_cut(tiny: Tiny, photo: MakePhoto) -> None:
    photos = [photo(40, 50, 1), photo(30, 20, 2)]
    config = tiny(num_stages=2, conditioning="scale")
    before = torch.random.get_rng_state()
    whole, cut, other = (LiveRun(config, photos, steps=25, seed=seed) for seed in (1, 1, 2))
    whole.advance()
    for steps in (3, 1, 21):
        cut.advance(steps=steps)
    other.advance()
    assert whole.finished and cut.finished and whole.step == cut.step == 25
    assert untimed(whole.log) == untimed(cut.log) != untimed(other.log)
    assert np.array_equal(whole.picture(), cut.picture())
    assert torch.equal(before, torch.random.get_rng_state()), "the global generator must not move"


def test_first_weights_do_not_depend_on_the_global_generator(tiny: Tiny, photo: MakePhoto) -> None:
    pictures = []
    for global_seed in (1, 2):
        with torch.random.fork_rng():
            torch.manual_seed(global_seed)
            pictures.append(LiveRun(tiny(), [photo(16, 16, 1)], steps=1, seed=5).picture())
    assert np.array_equal(*pictures)


def test_a_run_learns(tiny: Tiny, photo: MakePhoto) -> None:
    run = LiveRun(tiny(num_stages=2, conditioning="layernorm"), [photo(32, 32, 0)], steps=60)
    first = run.measure().psnr_db
    run.advance()
    assert run.measure().psnr_db > first + 3


@pytest.mark.parametrize("kind", ["fsq", "lfq", "vq"])
def test_every_kind_trains_and_fills_the_columns_of_the_chart(kind: str, tiny: Tiny, photo: MakePhoto) -> None:
    run = LiveRun(tiny(kind, num_stages=2, conditioning="none"), [photo(24, 24, 0)], steps=5)
    log = columns(run.advance())
    assert log["step"] == [1, 5]
    assert {"seconds", "loss", "psnr_db", "rms_0", "rms_1", "rms_2", "perplexity_1", "perplexity_2"} <= set(log)
    assert len(training_curves(log).data) == 5


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_the_shown_photo_is_drawn_as_the_saved_model_draws_it(conditioning: str, tiny: Tiny, photo: MakePhoto) -> None:
    shown = photo(20, 26, 3)
    run = LiveRun(tiny(num_stages=2, conditioning=conditioning), [shown], steps=12)
    run.advance()
    model = run.trained_model("my-tiny-run-1")
    drawn = run.measure()
    again = model.reconstruct(to_tensor(shown))
    error = (again - to_tensor(drawn.pixels)).abs().max()
    assert float(error) <= 1.01 / 127.5 / 2
    saved = open_checkpoint(checkpoint_bytes(model, run.facts()))
    assert saved.info.training["steps"] == 12
    assert float((saved.model.reconstruct(to_tensor(shown)) - again).abs().mean()) < 0.01  # kernels in half precision


def test_a_run_goes_on_beyond_its_plan_at_a_low_rate(tiny: Tiny, photo: MakePhoto) -> None:
    run = LiveRun(tiny(), [photo(24, 24, 0)], steps=3)
    run.advance(60)
    assert run.step == 3, "an unfinished plan is not run over"
    with pytest.raises(LiveRunError, match="how much longer"):
        run.advance()
    run.advance(steps=4)
    assert run.step == 7 and run.share > 2
    recipe = live_recipe()
    rates = [rate_at(share, recipe) for share in (0, 0.05, 0.5, 0.9, 0.99, 1, 3)]
    assert max(rates) == rates[1] == recipe.learning_rate
    assert rates[-1] == rates[-2] == LOW_RATE * recipe.learning_rate == min(rates[1:])


def test_the_time_of_a_plan_counts_training_only(tiny: Tiny, photo: MakePhoto) -> None:
    run = LiveRun(tiny(), [photo(24, 24, 0)], seconds=0.3)
    run.advance(0.1)
    assert 0.1 <= run.seconds < 0.3 and not run.finished
    run.advance()
    assert run.finished


def test_a_run_without_photos_without_a_plan_or_that_diverges_is_an_error(tiny: Tiny, photo: MakePhoto) -> None:
    with pytest.raises(LiveRunError, match="no photo"):
        LiveRun(tiny(), [], steps=1)
    with pytest.raises(LiveRunError, match="number of steps"):
        LiveRun(tiny(), [photo(8, 8, 0)], seconds=math.inf)
    run = LiveRun(tiny(), [photo(8, 8, 0)], steps=5)
    with torch.no_grad():
        next(run._model.parameters()).fill_(math.nan)
    with pytest.raises(LiveRunError, match="diverged at step 1"):
        run.advance()


def test_every_choice_is_a_zoo_model_in_a_narrower_network() -> None:
    for base in CHOICES:
        config = live_config(base, f"my-{base}-run-1")
        assert base_of(config) == base
        assert config.hidden < ZOO[base].hidden


def test_a_held_out_photo_is_measured_and_never_learned_from(tiny: Tiny, photo: MakePhoto) -> None:
    learned, other = photo(32, 32, 0), photo(32, 32, 1)
    run, alone = (LiveRun(tiny(), [learned], held_out=held_out, steps=12, seed=3) for held_out in (other, None))
    rows, plain = run.advance(), alone.advance()
    assert all("held_out_psnr_db" in row for row in rows) and not any("held_out_psnr_db" in row for row in plain)
    assert [row["loss"] for row in rows] == [row["loss"] for row in plain]
    names = [example.name for example in EXAMPLES]
    for shown in (*names, "own"):
        assert held_out_for(shown) in names and held_out_for(shown) != shown
    assert len(gallery_photos(without="astronaut")) == len(gallery_photos()) - 1


def test_the_log_can_be_told_to_end_where_the_run_stands(tiny: Tiny, photo: MakePhoto) -> None:
    run = LiveRun(tiny(), [photo(32, 32, 0)], held_out=photo(32, 32, 1), steps=30)
    assert run.log_here() == []
    run.advance(steps=13)
    assert run.log[-1]["step"] == 10 and run.measure().step == 13
    (row,) = run.log_here()
    assert run.log[-1] == row and row["step"] == 13 and row["photo_psnr_db"] == run.measure().psnr_db
    assert "held_out_psnr_db" in row and run.log_here() == []
    assert [other["step"] for other in run.advance()] == [20]

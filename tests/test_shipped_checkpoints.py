"""The checkpoints in this repository: they load, they score what their JSON says, and the card says the same."""

from pathlib import Path

import pytest

from rfsq.checkpoint import CheckpointInfo, available_models, load_checkpoint, read_info, zoo_checkpoint
from rfsq.configs import ZOO
from rfsq.evaluation import gallery_psnr_db
from rfsq.model_card import card_block

FOLDER = Path(__file__).parent.parent / "checkpoints"
FIRST_TWELVE = (
    "vq-4096", "lfq-12", "fsq-8x8x8x8", "rfsq-2x2048-none", "rfsq-2x2048-scale", "rfsq-2x2048-layernorm",
    "rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm", "rfsq-4x1024-layernorm-global",
    "rfsq-4x1024-geometric", "continuous-5",
)


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RFSQ_CHECKPOINTS", raising=False)


def info_of(name: str) -> CheckpointInfo:
    return read_info(FOLDER / f"{name}.safetensors")


def test_the_first_twelve_are_here() -> None:
    assert set(FIRST_TWELVE) <= set(available_models())


@pytest.mark.parametrize("name", FIRST_TWELVE)
def test_a_shipped_model_has_its_zoo_config_and_its_recorded_score(name: str) -> None:
    checkpoint = load_checkpoint(zoo_checkpoint(name))
    assert checkpoint.info.config == ZOO[name]
    recorded = checkpoint.info.scores["gallery_psnr_db"]
    measured = gallery_psnr_db(checkpoint.model)
    assert measured.keys() == recorded.keys()
    for photo, value in measured.items():
        assert value == pytest.approx(recorded[photo], abs=0.05), photo


def test_all_models_share_one_recipe_of_at_least_ten_epochs() -> None:
    recipes = [dict(info_of(name).training["recipe"]) for name in FIRST_TWELVE]
    assert all(recipe == recipes[0] for recipe in recipes)
    assert recipes[0]["epochs"] >= 10
    steps = {info_of(name).training["steps"] for name in FIRST_TWELVE}
    assert len(steps) == 1


@pytest.mark.parametrize(("name", "l1", "psnr_db"), [
    ("vq-4096", 0.0758, 25.8), ("fsq-8x8x8x8", 0.0656, 27.1), ("rfsq-2x2048-none", 0.0592, 27.8),
    ("rfsq-2x2048-layernorm", 0.0562, 27.9), ("rfsq-4x1024-none", 0.0553, 28.5), ("rfsq-4x1024-scale", 0.0546, 28.6),
    ("rfsq-4x1024-layernorm", 0.0471, 29.4), ("rfsq-4x1024-layernorm-global", 0.0482, 29.3),
    ("rfsq-4x1024-geometric", 0.0447, 29.8), ("continuous-5", 0.0445, 29.8),
])
def test_a_shipped_model_beats_the_first_rough_trial(name: str, l1: float, psnr_db: float) -> None:
    scores = info_of(name).scores
    assert scores["images"] == 400
    assert scores["l1"] < l1 and scores["psnr_db"] > psnr_db


def test_the_vq_codebook_is_used_on_the_training_photos() -> None:
    assert info_of("vq-4096").training["training_usage"][0] > 0.9


def test_the_model_card_holds_the_tables_of_the_json_files() -> None:
    assert card_block() in (FOLDER / "README.md").read_text(encoding="utf-8")

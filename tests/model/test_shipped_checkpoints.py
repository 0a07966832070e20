"""The checkpoints in this repository: they load, they score what results.json says, and the documents say the same."""

from collections import Counter

import pytest
from paths import CHECKPOINTS

from rfsq.app.results.parts import PARTS as PAGE_PARTS, RATES
from rfsq.evidence.gallery_scores import gallery_psnr_db
from rfsq.evidence.loss_search.search import load_search
from rfsq.evidence.report import PARTS, documents
from rfsq.evidence.results import Results, read_results
from rfsq.model.checkpoint import CheckpointInfo, available_models, load_checkpoint, read_info, zoo_checkpoint
from rfsq.model.zoo import ZOO, recipe_of
from rfsq.photos.gallery import EXAMPLES


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RFSQ_CHECKPOINTS", raising=False)


@pytest.fixture(scope="module")
def results() -> Results:
    return read_results(CHECKPOINTS / "results.json")


def info_of(name: str) -> CheckpointInfo:
    return read_info(CHECKPOINTS / f"{name}.safetensors")


def test_the_whole_zoo_is_here_and_small_enough_to_ship() -> None:
    assert available_models() == tuple(ZOO)
    sizes = [file.stat().st_size for file in CHECKPOINTS.iterdir()]
    assert sum(sizes) < 110e6 and max(sizes) < 10e6


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_a_shipped_model_has_its_zoo_config_and_its_recorded_score(name: str, results: Results) -> None:
    checkpoint = load_checkpoint(zoo_checkpoint(name))
    assert checkpoint.info.config == ZOO[name]
    assert checkpoint.info.weights_sha256 == results.models[name].weights_sha256
    recorded = results.models[name].gallery_psnr_db
    assert recorded.keys() == {example.name for example in EXAMPLES}
    first = list(ZOO).index(name)  # each model makes three pictures, and each picture is made by several models
    measured = gallery_psnr_db(checkpoint.model, [EXAMPLES[(first + step) % len(EXAMPLES)] for step in range(3)])
    for photo, value in measured.items():
        assert value == pytest.approx(recorded[photo], abs=0.05), photo


def test_all_models_share_one_recipe_of_at_least_ten_epochs_but_for_what_the_zoo_says() -> None:
    recipes = {name: {"stage_dropout": 0.0} | dict(info_of(name).training["recipe"]) for name in ZOO}
    for name, recipe in recipes.items():
        assert recipe == recipes["vq-4096"] | recipe_of(ZOO[name]), name
    assert recipes["vq-4096"]["epochs"] >= 10
    assert len({info_of(name).training["steps"] for name in ZOO}) == 1


def test_the_scores_that_no_model_of_the_zoo_was_trained_on_are_called_so() -> None:
    """Nothing more is said of VGG: in the search for a loss there is a training with it."""
    terms = ("ssim_weight", "lpips_weight", "st_lpips_net")
    assert {info_of(name).training["recipe"].get(term) or 0 for name in ZOO for term in terms} == {
        0
    }  # AlexNet is meant
    search = load_search()
    assert search is not None and any(run.recipe.st_lpips_net == "vgg" for run in search.runs.values())
    readme = " ".join((CHECKPOINTS.parent / "README.md").read_text(encoding="utf-8").split())
    assert "opinions that no model of the zoo was trained on are ꟻLIP, SSIM, MS-SSIM and ST-LPIPS by VGG" in readme
    assert "nothing was trained on" not in readme and "no model of the zoo was trained on it" in PAGE_PARTS[RATES].hint


@pytest.mark.parametrize(
    ("name", "l1", "psnr_db"),
    [
        ("vq-4096", 0.0758, 25.8),
        ("fsq-8x8x8x8", 0.0656, 27.1),
        ("rfsq-2x2048-none", 0.0592, 27.8),
        ("rfsq-2x2048-layernorm", 0.0562, 27.9),
        ("rfsq-4x1024-none", 0.0553, 28.5),
        ("rfsq-4x1024-scale", 0.0546, 28.6),
        ("rfsq-4x1024-layernorm", 0.0471, 29.4),
        ("rfsq-4x1024-layernorm-global", 0.0482, 29.3),
        ("rfsq-4x1024-geometric", 0.0447, 29.8),
        ("continuous-5", 0.0445, 29.8),
        ("fsq-40", 0.0527, 29.2),
        ("fsq-40-5x256", 0.0449, 29.8),
        ("fsq-40-8x32", 0.0385, 31.4),
        ("rfsq-4x1024-grouped", 0.0408, 31.2),
    ],
)
def test_a_shipped_model_beats_the_first_rough_trial(name: str, l1: float, psnr_db: float, results: Results) -> None:
    scores = results.full(name)
    assert results.images == 400 and scores.l1 is not None and scores.psnr_db is not None
    assert scores.l1 < l1 and scores.psnr_db > psnr_db


def test_the_progressive_model_gains_with_every_stage(results: Results) -> None:
    scores = [one.psnr_db or 0.0 for one in results.models["rfsq-8x1024-layernorm-progressive"].scores]
    assert len(scores) == 8 and scores == sorted(scores)
    assert scores[0] > (results.models["rfsq-4x1024-layernorm"].scores[0].psnr_db or 0.0) + 1  # without stage dropout


def test_the_vq_codebooks_are_used_on_the_training_photos() -> None:
    for name in ("vq-4096", "rvq-2x2048", "rvq-4x1024"):
        assert min(info_of(name).training["training_usage"]) > 0.9, name


def test_the_documents_hold_the_generated_parts_and_each_part_is_in_one_document(results: Results) -> None:
    held = Counter[str]()
    for document in documents(CHECKPOINTS):
        text = document.read_text(encoding="utf-8")
        parts = [name for name in PARTS if f"<!-- {name}:begin -->" in text]
        for name in parts:
            assert f"<!-- {name}:begin -->\n{PARTS[name](results)}<!-- {name}:end -->" in text, name
        held.update(parts)
    assert held == Counter(dict.fromkeys(PARTS, 1))

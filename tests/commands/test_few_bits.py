"""Networks that are not in the zoo: calibrated, measured with what they were trained with and with stacks fitted to them."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from rfsq.commands.cli import main
from rfsq.evidence.few_bits import measure as few_bits_measure
from rfsq.evidence.few_bits.file import few_bits_file, load_few_bits, write_few_bits
from rfsq.evidence.few_bits.measure import NOISE_STACKS, STEPS_STACK
from rfsq.evidence.few_bits.networks import Scores
from rfsq.model.checkpoint import load_checkpoint, save_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import read_image
from rfsq.training.config import TrainConfig

pytestmark = pytest.mark.slow

PLAIN = ModelConfig("f8", "continuous", 4, hidden=(8, 16), stride=8, network="residual")
TOGETHER = replace(PLAIN, name="f8-none", kind="fsq", levels=(4,) * 4, num_stages=2, conditioning="none")
NARROW = replace(PLAIN, name="f8-fsq-4x4", kind="fsq", dim=2, levels=(4, 4))
TURNS = ((4, 4, 1, 1), (1, 1, 4, 4)) * 2
GROUPED = replace(PLAIN, name="f8-grouped", kind="fsq", stage_levels=TURNS, num_stages=4, conditioning="geometric")
RECIPE = TrainConfig(st_lpips_weight=0.1)


def save(folder: Path, name: str, config: ModelConfig = PLAIN, recipe: TrainConfig = RECIPE, steps: int = 40) -> Path:
    torch.manual_seed(len(name))
    path = folder / name / f"{config.name}.safetensors"
    path.parent.mkdir(parents=True)
    facts = {"recipe": recipe.to_json(), "steps": steps, "device": "a GPU"}
    save_checkpoint(QuantizedAutoencoder(config).eval(), path, training=facts)
    return path


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Trained alike without and together with a stack, and with a narrow quantizer; with noise; and for fewer steps."""
    folder = tmp_path / "trained"
    save(folder, "plain")
    save(folder, "together", TOGETHER)
    save(folder, "narrow", NARROW)
    save(folder, "grouped", GROUPED, replace(RECIPE, stage_dropout=0.25))
    save(folder, "noise", recipe=replace(RECIPE, latent_noise=0.3))
    for steps in (10, 20):
        save(folder, f"{steps} steps", recipe=replace(RECIPE, epochs=1), steps=steps)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder, rng = tmp_path / "data", np.random.default_rng(0)
    folder.mkdir()
    for number in range(8):
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(folder / f"{number}.png")
    return folder


def test_one_command_measures_what_can_be_compared_and_goes_on_where_it_was_stopped(
    checkpoints: Path,
    photos: Path,
    trained: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["results", "--images", str(photos), "--device", "cpu"]) == 0
    measure = ["results", "--images", str(photos), "--few-bits", str(trained), "--st-lpips", "both", "--device", "cpu"]
    capsys.readouterr()
    assert main(measure) == 2 and "rfsq calibrate" in capsys.readouterr().err, "nothing can be fitted yet"
    assert main(["calibrate", "--checkpoints", str(trained), "--data", str(data), "--device", "cpu"]) == 0
    assert {path.parent.name for path in trained.rglob("*.calibration.safetensors")} == {
        "plain",
        "noise",
        "10 steps",
        "20 steps",
    }
    assert main(measure) == 0
    few = load_few_bits()
    assert (
        few is not None
        and few.images == len(list(photos.iterdir()))
        and set(few.networks)
        == {
            "plain",
            "together",
            "narrow",
            "grouped",
            "noise",
            "10 steps",
            "20 steps",
        }
    )
    assert few.command == f"python -m rfsq results --images {photos.name} --few-bits DIR --st-lpips both"
    stack = "fsq:levels=4,stages=2,conditioning="
    [alike] = few.together
    assert list(alike.fitted) == [stack + "none", stack + "gain", stack + "geometric"]
    grouped = few.networks["grouped"]
    assert alike.trained[stack + "geometric"] == grouped and set(grouped.cut) == {1, 2, 3}
    assert set(grouped.cut[1]) == set(grouped.scores) and grouped.cut[1] != grouped.cut[2] != grouped.scores
    assert not few.networks["together"].cut, "it was not trained for that"
    assert alike.bought(stack + "none") is not None and alike.bought(stack + "none", "st_lpips_vgg") is not None
    (tokens,) = few.few_tokens
    assert tokens.equal == "vq:codes=4,stages=2,conditioning=none" and len(tokens.stacks) == 4
    assert tokens.bought(tokens.equal) is not None and tokens.bought(tokens.equal, "st_lpips_vgg") is not None
    assert tokens.bought(tokens.stacks[-1]) is not None and tokens.bought(tokens.stacks[-1], "st_lpips_vgg") is None
    assert set(few.noise) == {spec.text for spec in NOISE_STACKS}
    assert [one.steps for one in few.by_steps] == [10, 20, 40] and STEPS_STACK.text in few.by_steps[0].fitted
    assert {name for name, network in few.networks.items() if network.latent_rms} == {"plain", "noise"}
    encoded = [
        load_checkpoint(next((trained / "noise").glob("f8.safetensors"))).model.encode(to_tensor(read_image(path)))
        for path in photos.iterdir()
    ]
    square = sum(float(one.square().mean()) for one in encoded) / len(encoded)
    assert few.networks["noise"].latent_rms == pytest.approx(square**0.5, rel=1e-3)
    assert "st_lpips_vgg" not in few.networks["noise"].scores, "what takes long is measured of pairs alone"
    # Stopped half-way: nothing that is known is measured again, and what is missing is as it was; what takes long is measured
    # of every n-th photo where there are many.
    written = few_bits_file().read_bytes()
    half = {**few.networks, "together": replace(few.networks["together"], scores={})}
    write_few_bits(replace(few, networks=half), few_bits_file())
    asked: list[str] = []
    scores = few_bits_measure.photo_scores

    def counted(*given: Any) -> Scores:
        asked.append(given[-1])
        return scores(*given)

    monkeypatch.setattr(few_bits_measure, "photo_scores", counted)
    monkeypatch.setattr(few_bits_measure, "SLOW_PHOTOS", 1)
    assert main(measure) == 0 and asked == ["together as trained"] * 2
    again = load_few_bits()
    assert again is not None
    known, found = (one.networks["together"].scores for one in (few, again))
    assert [math.isnan(score) for score in found["st_lpips_vgg"]] == [False, True, True]
    assert {**found, "st_lpips_vgg": found["st_lpips_vgg"][:1]} == {**known, "st_lpips_vgg": known["st_lpips_vgg"][:1]}
    write_few_bits(replace(again, networks={**again.networks, "together": few.networks["together"]}), few_bits_file())
    assert few_bits_file().read_bytes() == written


def test_what_cannot_be_measured_is_said(
    checkpoints: Path, photos: Path, trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "--checkpoints", str(trained), "--data", str(data), "--device", "cpu"]) == 0
    measure = ["results", "--images", str(photos), "--device", "cpu", "--few-bits"]

    def said(folder: Path) -> str:
        capsys.readouterr()
        assert main([*measure, str(folder)]) == 2
        return capsys.readouterr().err

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "No checkpoint" in said(empty)
    save(trained / "deeper", "plain")
    assert "two trainings are called plain" in said(trained)
    save_checkpoint(QuantizedAutoencoder(PLAIN).eval(), empty / "f8.safetensors", training={})
    assert "does not say how it was trained" in said(empty)
    capsys.readouterr()
    assert main(["results", "--few-bits", str(trained)]) == 2 and "--few-bits needs --images" in capsys.readouterr().err
    assert main(["calibrate", "--checkpoints", str(trained / "together"), "--data", str(data)]) == 2
    assert "have a quantizer" in capsys.readouterr().err
    assert not few_bits_file().exists()

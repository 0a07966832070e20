"""A frame of a camera goes through models as a photo does."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from paths import CHECKPOINTS

from rfsq.evidence.comparison import code_photo, decode_stages
from rfsq.evidence.live_frames import LiveModel, live_pictures
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_pixels, to_tensor

CPU = torch.device("cpu")
NETWORK = "continuous-5"


@pytest.fixture(scope="module")
def stacks() -> list[LiveModel]:
    """Two stacks around the shipped network, of which one changes the latents' range."""
    assert (CHECKPOINTS / f"{NETWORK}.safetensors").is_file()
    network = load_model(NETWORK)
    return [LiveModel(load_model(f"{NETWORK}.fsq-2-s3-{name}"), network) for name in ("geometric", "layernorm")]


def test_pictures_are_those_that_compare_shows(stacks: list[LiveModel], photo: Callable[..., np.ndarray]) -> None:
    frame = photo(64, 64, 1)
    for stages in (1, 3, 8):
        shown = live_pictures(frame, stacks, stages, CPU)
        for one, picture in zip(stacks, shown, strict=True):
            coded = code_photo("", one.model, frame, one.model.encode(to_tensor(frame)))
            [expected] = decode_stages(one.network, [(one.model, coded, min(stages, 3))])
            assert np.abs(picture.pixels.astype(int) - expected).max() <= 1  # a batch may round another way
            first, *after = coded.residual_rms
            assert picture.left == pytest.approx([value / first for value in after], rel=1e-4)
            assert picture.rate == one.model.rate(64, 64, min(stages, 3))
            noise = np.mean((picture.pixels.astype(float) - frame) ** 2)
            assert picture.psnr_db == pytest.approx(10 * np.log10(255**2 / noise), abs=0.01)


def test_models_with_networks_of_their_own_each_get_their_own_encoding(
    tiny: Callable[..., object], photo: Callable[..., np.ndarray]
) -> None:
    torch.manual_seed(0)
    models = [QuantizedAutoencoder(tiny()).eval() for _ in range(2)]  # type: ignore[arg-type]
    frame = photo(32, 48, 2)
    shown = live_pictures(frame, [LiveModel(model, model) for model in models], 1, CPU)
    for model, picture in zip(models, shown, strict=True):
        expected = to_pixels(model.reconstruct(to_tensor(frame)))
        assert np.abs(picture.pixels.astype(int) - expected).max() <= 1
    assert (shown[0].pixels != shown[1].pixels).any()


def test_a_model_without_quantizer_is_refused(photo: Callable[..., np.ndarray]) -> None:
    network = load_model(NETWORK)
    with pytest.raises(ValueError, match="continuous-5 does not quantize"):
        live_pictures(photo(16, 16, 0), [LiveModel(network, network)], 1, CPU)


@pytest.mark.cuda
def test_a_gpu_makes_the_same_pictures(stacks: list[LiveModel], photo: Callable[..., np.ndarray]) -> None:
    frame = photo(64, 64, 1)
    there = {id(one.network): copy.deepcopy(one.network).cuda() for one in stacks}
    moved = [LiveModel(copy.deepcopy(one.model).cuda(), there[id(one.network)]) for one in stacks]
    here = live_pictures(frame, stacks, 3, CPU)
    for mine, other in zip(here, live_pictures(frame, moved, 3, torch.device("cuda")), strict=True):
        # Rounding to levels can fall the other way where a value lies between two: a few blocks may differ.
        assert np.mean(np.abs(mine.pixels.astype(int) - other.pixels) > 2) < 0.02
        assert mine.left == pytest.approx(other.left, rel=0.01) and mine.rate == other.rate

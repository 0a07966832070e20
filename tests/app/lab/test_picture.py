"""The Lab's picture is what the decoder makes of the plane's two channels, rounded, and of the others as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rfsq.app.lab import runs
from rfsq.app.lab.picture import decoded, round_pair, unrounded, window
from rfsq.app.lab.runs import PhotoLatents
from rfsq.app.lab.settings import LabSettings
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within
from rfsq.teaching.lab import Stack, draw, fit_stack


@pytest.fixture(scope="module")
def photo() -> PhotoLatents:
    return PhotoLatents(WorkingPhoto("test_picture", fit_within(load_example("cat"), 96)), "continuous-5")


def test_two_channels_are_rounded_and_the_others_stay() -> None:
    latents = torch.randn(1, 5, 6, 7, generator=torch.Generator().manual_seed(0))
    quantizer = fit_stack(Stack("fsq", "scale", 3, 4), draw("gaussian", 500, 0))
    mixed = round_pair(latents, quantizer, (3, 1), 2.0, 4)
    rest = [0, 2, 4]
    assert torch.equal(mixed[:, rest], latents[:, rest])
    pair = latents[:, [3, 1]]
    torch.testing.assert_close(mixed[:, [3, 1]], quantizer(pair * 2).quantized / 2)
    errors = [(round_pair(latents, quantizer, (3, 1), 2.0, k) - latents).square().mean() for k in (1, 2, 4)]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("base", ["fsq", "vq"])
def test_conditioning_brings_the_picture_nearer_to_the_network_s_limit(photo: PhotoLatents, base: str) -> None:
    def psnr(conditioning: str, stage: int = 4) -> float:
        settings = LabSettings(source="photo", conditioning=conditioning, levels=2, stage=stage, base=base)
        samples = runs.samples_of("photo", settings, photo)
        return decoded(settings, samples, samples, photo).psnr_db

    limit = unrounded(photo).psnr_db
    if base == "fsq":
        assert psnr("none") + 3 < psnr("scale") < limit + 0.2
        assert psnr("scale", 1) < psnr("scale", 2) < psnr("scale")
    else:
        assert limit - 6 < psnr("none") < limit + 0.2


def test_of_a_large_photo_the_middle_is_decoded() -> None:
    assert window(300, 42, 4) == (slice(0, 75), slice(0, 11))
    rows, columns = window(512, 400, 4)
    assert (rows, columns) == (slice(24, 104), slice(10, 90))
    large = PhotoLatents(WorkingPhoto("test_picture large", np.zeros((400, 330, 3), np.uint8)), "continuous-5")
    assert unrounded(large).original.shape == unrounded(large).pixels.shape == (320, 320, 3)

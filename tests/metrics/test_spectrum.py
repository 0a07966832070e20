"""Where a reconstruction has more than its original."""

import pytest
import torch

from rfsq.metrics.spectrum import band_energy, excess
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import to_tensor


@pytest.fixture
def photo() -> torch.Tensor:
    return to_tensor(load_example("coffee")[:128, :96])


def test_smearing_adds_nothing_and_stripes_are_found_with_their_period(photo: torch.Tensor) -> None:
    original = band_energy(photo)
    smeared = torch.nn.functional.avg_pool2d(photo, 3, 1, 1, count_include_pad=False)
    assert excess(original, band_energy(smeared)).ratio < 1.05
    places = torch.arange(photo.shape[-1])
    striped = (smeared + 0.1 * torch.cos(2 * torch.pi * places / 3)).clamp(-1, 1)
    found = excess(original, band_energy(striped))
    assert found.ratio > 3 and found.period == pytest.approx(3, abs=0.35)
    lying = (smeared + 0.1 * torch.cos(2 * torch.pi * torch.arange(photo.shape[-2]) / 3)[:, None]).clamp(-1, 1)
    assert excess(original, band_energy(lying)).period == pytest.approx(3, abs=0.35)


def test_pictures_add_up_and_bad_input_is_refused(photo: torch.Tensor) -> None:
    both = torch.cat([photo, photo.flip(-1)])
    assert torch.allclose(band_energy(both), band_energy(photo) + band_energy(photo.flip(-1)))
    with pytest.raises(ValueError, match="at least 16 pixels"):
        band_energy(torch.zeros(1, 3, 15, 40))
    with pytest.raises(ValueError, match="without any energy"):
        excess(band_energy(torch.zeros(1, 3, 16, 16)), band_energy(photo))

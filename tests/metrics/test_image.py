"""Image metrics agree with independent formulas and libraries, image by image."""

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType

import numpy as np
import pytest
import skimage.data
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from rfsq.metrics import image as metrics

IMAGE_METRICS = [metrics.l1, metrics.psnr_db, metrics.ssim, metrics.ms_ssim]


def photo(height: int, width: int) -> Tensor:
    """A real photo, (1, 3, height, width) in [-1, 1]."""
    pixels = skimage.data.astronaut()[:height, :width]
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1


def noisy(x: Tensor, amount: float, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (x + amount * torch.randn(x.shape, generator=generator)).clamp(-1, 1)


def test_l1_and_psnr_have_their_textbook_values() -> None:
    x = torch.zeros(2, 3, 5, 7)
    y = torch.stack([torch.full((3, 5, 7), 0.5), torch.full((3, 5, 7), -0.02)])
    assert metrics.l1(x, y).tolist() == pytest.approx([0.5, 0.02])
    # peak 2: 20 log10(2 / 0.5) and 20 log10(2 / 0.02)
    assert metrics.psnr_db(x, y).tolist() == pytest.approx([12.0412, 40.0], abs=1e-4)


def test_psnr_equals_the_one_computed_from_bytes() -> None:
    x = photo(40, 60)
    y = ((noisy(x, 0.1) + 1) * 127.5).round() / 127.5 - 1
    a, b = (((t + 1) * 127.5).round().numpy().astype(np.float64) for t in (x, y))
    assert metrics.psnr_db(x, y).item() == pytest.approx(10 * np.log10(255**2 / np.mean((a - b) ** 2)), abs=1e-3)


def test_ssim_agrees_with_scikit_image() -> None:
    x = photo(200, 240)
    for amount in (0.02, 0.1, 0.4):
        y = noisy(x, amount)
        a, b = (((t[0] + 1) / 2).permute(1, 2, 0).numpy().astype(np.float64) for t in (x, y))
        theirs = structural_similarity(
            a, b, channel_axis=2, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        # They leave the outermost five pixels out of the mean, torchmetrics mirrors the picture there.
        assert metrics.ssim(x, y).item() == pytest.approx(theirs, abs=0.005)


@pytest.mark.parametrize("band_pixels", [2**20, 180 * 25])
def test_similarity_is_torchmetrics_whether_or_not_the_picture_is_cut_into_bands(
    band_pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics._library_ssim()  # makes torchvision loadable before torchmetrics is imported here
    from torchmetrics.functional.image import (
        multiscale_structural_similarity_index_measure as library_ms_ssim,
        structural_similarity_index_measure as library_ssim,
    )

    monkeypatch.setattr(metrics, "_SSIM_BAND_PIXELS", band_pixels)
    x = photo(203, 180)  # 203 = 8 × 25 + 3: the last band holds edge rows only
    y = noisy(x, 0.15)
    a, b = (x + 1) / 2, (y + 1) / 2
    expected = library_ssim(a, b, data_range=1.0)
    assert isinstance(expected, Tensor)
    assert metrics.ssim(x, y).item() == pytest.approx(expected.item(), abs=2e-6)
    assert metrics.ms_ssim(x, y).item() == pytest.approx(library_ms_ssim(a, b, data_range=1.0).item(), abs=2e-6)


@pytest.mark.parametrize("metric", IMAGE_METRICS)
def test_an_images_score_does_not_depend_on_its_neighbours(metric: FunctionType) -> None:
    x = torch.cat([photo(180, 190), photo(180, 190).flip(3), torch.zeros(1, 3, 180, 190)])
    y = noisy(x, 0.2)
    together = metric(x, y)
    assert together.shape == (3,) and together.dtype == torch.float32
    for i in range(3):
        assert torch.equal(metric(x[i : i + 1], y[i : i + 1]), together[i : i + 1])


@pytest.mark.parametrize("metric", IMAGE_METRICS)
def test_identical_images_score_best_and_more_noise_scores_worse(metric: FunctionType) -> None:
    x = photo(180, 180)
    best = metric(x, x).item()
    expected = {"l1": 0.0, "psnr_db": math.inf, "ssim": 1.0, "ms_ssim": 1.0}[metric.__name__]
    assert best == pytest.approx(expected, abs=1e-6)
    scores = [metric(x, noisy(x, amount)).item() for amount in (0.05, 0.2, 0.8)]
    assert scores == sorted(scores, reverse=metric is not metrics.l1)
    assert len(set(scores)) == 3


def test_half_precision_images_are_scored_in_float32() -> None:
    x = photo(32, 32).to(torch.bfloat16)
    y = noisy(photo(32, 32), 0.1).to(torch.bfloat16)
    for metric in (metrics.l1, metrics.psnr_db, metrics.ssim):
        assert torch.equal(metric(x, y), metric(x.float(), y.float()))


def test_similarity_can_be_trained_on() -> None:
    x = photo(180, 180)
    for metric in (metrics.ssim, metrics.ms_ssim):
        y = noisy(x, 0.2).requires_grad_()
        metric(x, y).sum().backward()
        assert y.grad is not None and bool(y.grad.isfinite().all()) and float(y.grad.abs().sum()) > 0


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (10, 400), (11, 11), (11, 500), (160, 400), (175, 400), (176, 176)])
def test_small_images_score_nan_exactly_where_a_reason_is_given(size: tuple[int, int]) -> None:
    height, width = size
    x = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1
    y = noisy(x, 0.1)
    assert bool(metrics.l1(x, y).isfinite().all()) and bool(metrics.psnr_db(x, y).isfinite().all())
    for metric, reason, smallest in (
        (metrics.ssim, metrics.ssim_reason(height, width), 11),
        (metrics.ms_ssim, metrics.ms_ssim_reason(height, width), 176),
    ):
        score = metric(x, y)
        assert score.shape == (2,)
        assert bool(score.isnan().all()) == (reason is not None) == (min(size) < smallest)
        if reason is None:
            assert bool(score.isfinite().all())
        else:
            assert str(smallest) in reason and f"{width}×{height}" in reason


def test_image_metrics_refuse_shapes_that_do_not_match() -> None:
    for shape_x, shape_y in [((1, 3, 8, 8), (1, 3, 8, 9)), ((3, 8, 8), (3, 8, 8)), ((1, 1, 8, 8), (1, 1, 8, 8))]:
        for metric in IMAGE_METRICS:
            with pytest.raises(ValueError, match="expected two image batches"):
                metric(torch.zeros(shape_x), torch.zeros(shape_y))


# --- FLIP


def pixels(height: int, width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_flip_of_identical_pictures_is_zero_and_of_black_and_white_almost_one() -> None:
    same = metrics.flip(pixels(20, 30, 0), pixels(20, 30, 0))
    assert same.mean == 0.0 and same.error.shape == (20, 30) and not same.error.any()
    opposite = metrics.flip(np.zeros((40, 40, 3), np.uint8), np.full((40, 40, 3), 255, np.uint8))
    assert 0.9 < opposite.mean <= 1.0


def test_flip_equals_the_library_whatever_the_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    from flip_evaluator import evaluate

    a, b = pixels(150, 70, 1), pixels(150, 70, 2)
    whole, mean, _ = evaluate((a / 255).astype(np.float32), (b / 255).astype(np.float32), "LDR", applyMagma=False)
    monkeypatch.setattr(metrics, "_FLIP_BAND_PIXELS", 1)  # the smallest bands: 64 rows
    banded = metrics.flip(a, b)
    assert banded.error.dtype == np.float32 and 0 <= banded.error.min() and banded.error.max() <= 1
    np.testing.assert_allclose(banded.error, whole[..., 0], atol=1e-6)
    assert banded.mean == pytest.approx(mean, abs=1e-6)


def test_flip_takes_tiny_and_transposed_pictures() -> None:
    assert 0 < metrics.flip(np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 200, np.uint8)).mean <= 1
    a, b = pixels(12, 17, 3), pixels(12, 17, 4)
    # A view whose memory is not in reading order must give the same answer as its copy.
    view_a, view_b = a.transpose(1, 0, 2), b.transpose(1, 0, 2)
    assert metrics.flip(view_a, view_b).mean == metrics.flip(view_a.copy(), view_b.copy()).mean


def test_flip_in_many_threads_equals_flip_alone() -> None:
    pairs = [(pixels(30 + i, 40, i), pixels(30 + i, 40, 100 + i)) for i in range(6)]
    alone = [metrics.flip(a, b).error for a, b in pairs]
    with ThreadPoolExecutor(6) as pool:
        for i, result in enumerate(pool.map(lambda k: metrics.flip(*pairs[k % 6]).error, range(60))):
            assert np.array_equal(result, alone[i % 6])


def test_flip_refuses_what_is_not_a_pair_of_pictures() -> None:
    good = pixels(4, 4, 0)
    for a, b in [(good / 255, good), (good, good[:3]), (good[..., 0], good[..., 0]), (good[:0], good[:0])]:
        with pytest.raises(ValueError, match="flip needs"):
            metrics.flip(a, b)


# --- torchvision beside another torch


@pytest.mark.slow
def test_torchvision_loads_after_a_failed_import_and_from_many_threads() -> None:
    """In a process of its own, because an import happens once."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType
import torch
from rfsq.metrics.torchvision_ops import ensure_loadable
try:
    import torchvision  # fails beside a torch built for other hardware, works otherwise
except RuntimeError as error:
    assert "torchvision::nms" in str(error), error
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda _: ensure_loadable(), range(32)))
import torchvision, torchmetrics, lpips
assert torch.ops.torchvision.nms and torch.ops.torchvision.qnms
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=280)


@pytest.mark.slow
@pytest.mark.parametrize("already", [[], ["nms"], ["nms", "qnms"]])
def test_only_missing_operators_are_declared(already: list[str]) -> None:
    """As beside a matching build (both there), a package that declared one, and none; without torchvision, nothing."""
    program = f"""
import torch
from rfsq.metrics import torchvision_ops
library = torch.library.Library("torchvision", "DEF")
for name in {already!r}:
    library.define(torchvision_ops._SCHEMAS[name])
find_folder, torchvision_ops._torchvision_folder = torchvision_ops._torchvision_folder, lambda: None
torchvision_ops.ensure_loadable()
assert torchvision_ops._missing_operators() == [n for n in ("nms", "qnms") if n not in {already!r}]
torchvision_ops._torchvision_folder = find_folder
torchvision_ops._load_compiled_operators = lambda folder: None  # would claim the namespace taken above
torchvision_ops.ensure_loadable()
assert torchvision_ops._missing_operators() == []
assert len(torchvision_ops._libraries) == ({already!r} != ["nms", "qnms"])
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=280)

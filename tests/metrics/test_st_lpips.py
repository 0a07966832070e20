"""ST-LPIPS: the package's own numbers, its gradient, sizes that it cannot measure, and files that are not its weights."""

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from rfsq.metrics import st_lpips
from rfsq.metrics.st_lpips import StLpips, StLpipsUnavailable, load_st_lpips, st_lpips_missing, st_lpips_reason
from rfsq.metrics.torchvision_ops import ensure_loadable

NETS = ("alex", "vgg")


@pytest.fixture(scope="module", params=NETS)
def metric(request: pytest.FixtureRequest) -> StLpips:
    return load_st_lpips(request.param)


def pairs(height: int, width: int, count: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(height)
    coarse = torch.rand(count, 3, 5, 6, generator=generator) * 2 - 1
    x = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(-1, 1)
    noise = torch.randn(x.shape, generator=generator) * torch.tensor([0.05, 0.3]).view(-1, 1, 1, 1)[:count]
    return x, (x + noise).clamp(-1, 1)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package itself. What it imports and does not need is replaced by empty modules."""
    ensure_loadable()
    for name, member in (("torchsummary", "summary"), ("IPython", "embed")):
        stand_in = ModuleType(name)
        setattr(stand_in, member, None)
        monkeypatch.setitem(sys.modules, name, stand_in)
    from stlpips_pytorch import stlpips

    return stlpips


@pytest.mark.slow
@pytest.mark.parametrize("size", [(24, 24), (64, 64), (41, 70)])
def test_it_gives_the_packages_own_numbers(metric: StLpips, package: Any, size: tuple[int, int]) -> None:
    theirs = package.LPIPS(net=metric.net, variant="shift_tolerant", verbose=False)
    x, y = pairs(*size)
    with torch.no_grad():
        wanted = theirs(x, y).flatten()
    torch.testing.assert_close(metric(x, y), wanted, rtol=1e-5, atol=1e-7)
    assert 0.0005 < wanted[0] < wanted[1] < 2


def test_identical_images_score_zero_and_the_order_does_not_matter(metric: StLpips) -> None:
    x, y = pairs(32, 40)
    assert metric(x, x).eq(0).all()
    torch.testing.assert_close(metric(x, y), metric(y, x))


def test_a_score_does_not_depend_on_the_batch(metric: StLpips, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = pairs(32, 32)
    together = metric(x, y)
    monkeypatch.setattr(st_lpips, "_PIXELS_AT_ONCE", 32 * 32)
    torch.testing.assert_close(metric(x, y), together, rtol=1e-5, atol=1e-7)
    one = torch.cat([metric(x[:1], other[None]) for other in y])
    torch.testing.assert_close(metric(x[:1], y), one, rtol=1e-5, atol=1e-7)
    assert metric(x[:0], y[:0]).shape == (0,)


def test_its_gradient_is_finite_even_where_the_features_are_all_zero(metric: StLpips) -> None:
    x, y = pairs(24, 24)
    for one in (y, x.clone(), torch.full_like(x, -1)):
        one.requires_grad_()
        metric(x, one).sum().backward()
        assert one.grad is not None and one.grad.isfinite().all()
    assert y.grad is not None and y.grad.abs().max() > 0
    assert not any(parameter.requires_grad for parameter in metric.parameters())


def test_the_smallest_size_is_said_and_can_be_measured(metric: StLpips) -> None:
    smallest = {"alex": 21, "vgg": 18}[metric.net]
    x, y = pairs(smallest, smallest + 3)
    assert metric.reason(smallest, smallest) is None and metric(x, y).isfinite().all()
    reason = st_lpips_reason(smallest - 1, 400, metric.net)
    assert (
        reason
        == f"Not measured: ST-LPIPS ({metric.net}) needs at least {smallest} pixels a side, this picture has 400×{smallest - 1}."
    )
    small = torch.zeros(2, 3, smallest - 1, 30)
    assert metric(small, small).isnan().all()
    assert "at most 4 million pixels" in str(st_lpips_reason(2000, 2001, metric.net))


def test_wrong_shapes_are_refused(metric: StLpips) -> None:
    for x, y in ((torch.zeros(1, 3, 32, 32), torch.zeros(1, 3, 32, 33)), (torch.zeros(3, 32, 32),) * 2):
        with pytest.raises(ValueError, match="two batches of one shape"):
            metric(x, y)


def test_half_precision_changes_little(metric: StLpips) -> None:
    x, y = pairs(32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        half = metric(x, y)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, metric(x, y), rtol=0.05, atol=1e-3)


def test_training_mode_changes_nothing(metric: StLpips) -> None:
    x, y = pairs(32, 32)
    before = metric(x, y)
    metric.train()
    assert torch.equal(metric(x, y), before)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(ValueError, match="net must be one of alex, vgg, got 'squeeze'"):
        load_st_lpips("squeeze")  # type: ignore[arg-type]


def test_without_the_package_the_reason_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert st_lpips_missing() is None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert st_lpips_missing() == "Not measured: the package stlpips-pytorch is not installed."
    with pytest.raises(StLpipsUnavailable, match="pip install stlpips-pytorch"):
        load_st_lpips()


class Boom:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("a weights file was executed",))


@pytest.mark.parametrize("content", ["code", "other", "missing", "noise", "nan"])
def test_a_file_that_is_not_the_weights_is_refused_and_never_executed(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = st_lpips._weights_file("alex")
    assert real is not None
    tensors = torch.load(real, map_location="cpu", weights_only=True)
    file = tmp_path / "alex_shift_tolerant.pth"
    if content == "code":
        torch.save(tensors | {"net.slice1.0.bias": Boom()}, file)
    elif content == "other":
        torch.save(tensors | {"net.slice1.0.bias": torch.zeros(3)}, file)
    elif content == "missing":
        torch.save({key: value for key, value in tensors.items() if key != "lin3.model.1.weight"}, file)
    elif content == "nan":
        torch.save(tensors | {"net.slice1.0.bias": torch.full((64,), math.nan)}, file)
    else:
        file.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 9)
    monkeypatch.setattr(st_lpips, "_weights_file", lambda net: file)
    with pytest.raises(StLpipsUnavailable, match="cannot be used. Get them again with: pip install"):
        load_st_lpips("alex")
    assert "executed" not in capsys.readouterr().out

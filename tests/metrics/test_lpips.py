"""LPIPS: absent weights give a reason, present ones the lpips package's own scores, and nothing goes online unasked."""

import hashlib
import subprocess
import sys
import warnings
from pathlib import Path
from urllib.error import URLError

import pytest
import torch

from rfsq.metrics import lpips as lpips_metric
from rfsq.metrics.lpips import LpipsNet, LpipsUnavailable, download_lpips, load_lpips, lpips_size_reason, lpips_status
from rfsq.metrics.torchvision_ops import ensure_loadable


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder for torch, and no way out: a socket that is opened is an error."""
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr("socket.socket.connect", refuse)
    return tmp_path / "hub" / "checkpoints"


def stand_in_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A squeezenet of random weights saved as torchvision saves its own, registered under its true checksum."""
    ensure_loadable()
    from torchvision.models import squeezenet1_1

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        torch.save(squeezenet1_1(weights=None).state_dict(), folder / "new.pth")
    digest = hashlib.sha256((folder / "new.pth").read_bytes()).hexdigest()
    path = (folder / "new.pth").rename(folder / f"squeezenet1_1-{digest[:8]}.pth")
    weights = lpips_metric._Weights(path.name, "4.7 MB", 17, 4, folder_url=folder.as_uri())
    monkeypatch.setitem(lpips_metric._WEIGHTS, "squeeze", weights)
    return path


def pair(batch: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(batch, 3, height, width, generator=generator) * 2 - 1
    return x, (x + 0.3 * torch.randn(x.shape, generator=generator)).clamp(-1, 1)


@pytest.mark.parametrize(("net", "size"), [("squeeze", "4.7 MB"), ("alex", "233 MB"), ("vgg", "528 MB")])
def test_missing_weights_are_a_reason_and_a_remedy_not_a_download(net: LpipsNet, size: str) -> None:
    status = lpips_status(net)
    assert not status.available and status.reason is not None
    assert size in status.reason and "not on this computer" in status.reason
    assert status.how_to_get == f"python -m rfsq.metrics.lpips {net}"
    with pytest.raises(LpipsUnavailable, match="not on this computer"):
        load_lpips(net)


def test_damaged_weights_are_not_used(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stand_in_weights(hub, monkeypatch)
    assert lpips_status("squeeze").available
    path.write_bytes(path.read_bytes()[:-1])
    status = lpips_status("squeeze")
    assert not status.available and status.reason is not None and "damaged" in status.reason
    with pytest.raises(LpipsUnavailable, match="damaged"):
        load_lpips("squeeze")


def test_scores_are_those_of_the_lpips_package(
    hub: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stand_in_weights(hub, monkeypatch)
    ours = load_lpips("squeeze")
    assert ours.measured and capsys.readouterr().out == ""
    import lpips

    # The package finds "its" file by name and checks no sum, so it reads the same weights by its own way.
    path.rename(hub / "squeezenet1_1-b8a52dc0.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its way of calling torchvision is deprecated
        theirs = lpips.LPIPS(net="squeeze", verbose=False)
    x, y = pair(2, 40, 50)
    with torch.inference_mode():
        assert torch.allclose(ours(x, y), theirs(x, y).flatten(), atol=1e-6)
        assert float(ours(x, y).min()) > 0.001


@pytest.mark.parametrize("net", ["squeeze", "alex"])
def test_random_weights_exercise_the_path_but_are_not_a_measurement(net: LpipsNet) -> None:
    before = torch.get_rng_state()
    metric = load_lpips(net, random_weights=True)
    assert torch.equal(torch.get_rng_state(), before)  # nobody else's random numbers are disturbed
    assert not metric.measured
    x, y = pair(3, 48, 33)
    score = metric(x, y)
    assert score.shape == (3,) and score.dtype == torch.float32 and bool((score > 0).all())
    assert metric(x, x).tolist() == [0, 0, 0]
    assert torch.equal(load_lpips(net, random_weights=True)(x, y), score)
    alone = torch.cat([metric(x[i : i + 1], y[i : i + 1]) for i in range(3)])
    assert torch.allclose(alone, score, rtol=1e-5)


def test_as_part_of_a_model_in_training_it_stays_frozen_and_deterministic() -> None:
    model = torch.nn.ModuleList([load_lpips("squeeze", random_weights=True)]).train()
    x, y = pair(1, 32, 32)
    y.requires_grad_()
    first = model[0](x, y)
    assert torch.equal(first, model[0](x, y))  # dropout would change it
    first.sum().backward()
    assert y.grad is not None and float(y.grad.abs().sum()) > 0
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(("net", "smallest"), [("squeeze", 17), ("alex", 31)])
def test_the_smallest_measurable_size_is_what_the_network_can_take(net: LpipsNet, smallest: int) -> None:
    metric = load_lpips(net, random_weights=True)
    assert bool(metric(*pair(1, smallest, smallest)).isfinite().all()) and metric.reason(smallest, 99) is None
    x, y = pair(2, 64, smallest - 1)
    assert metric(x, y).isnan().tolist() == [True, True]
    reason = metric.reason(64, smallest - 1)
    assert reason is not None and str(smallest) in reason
    with pytest.raises((RuntimeError, AssertionError)):  # the limit is the network's own, not ours
        score = metric._network(x, y)
        assert bool(score.isfinite().all())


def test_pictures_that_would_not_fit_in_memory_are_not_measured() -> None:
    reason = lpips_size_reason("vgg", 2000, 3000)
    assert reason is not None and "1 million pixels" in reason and "3000×2000" in reason
    assert lpips_size_reason("vgg", 1000, 1000) is None
    huge = torch.zeros(1, 3, 1, 1).expand(2, 3, 4000, 4000)
    assert load_lpips("squeeze", random_weights=True)(huge, huge).isnan().tolist() == [True, True]


def test_download_is_checked_and_atomic(hub: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = stand_in_weights(tmp_path / "server", monkeypatch)
    content = source.read_bytes()
    assert not lpips_status("squeeze").available
    source.write_bytes(content[:1000])  # cut off on the way
    with pytest.raises(LpipsUnavailable, match="damaged"):
        download_lpips("squeeze")
    assert list(hub.iterdir()) == []
    source.write_bytes(content)
    assert download_lpips("squeeze").read_bytes() == content
    assert lpips_status("squeeze").available and load_lpips("squeeze").measured


def test_download_without_a_network_says_so(
    monkeypatch: pytest.MonkeyPatch, hub: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr("torch.hub.urlopen", offline)
    with pytest.raises(LpipsUnavailable, match=r"no network.*Is this computer online\?"):
        download_lpips("squeeze")
    assert lpips_metric.main(["squeeze"]) == 2
    assert "could not be downloaded" in capsys.readouterr().err
    assert list(hub.iterdir()) == []


def test_unknown_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="resnet"):
        lpips_status("resnet")  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_command_named_as_remedy_exists() -> None:
    _, *command = (lpips_status("squeeze").how_to_get or "").split()
    result = subprocess.run([sys.executable, *command, "--help"], check=True, capture_output=True, timeout=200)
    assert b"squeeze" in result.stdout

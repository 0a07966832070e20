"""LPIPS, a learned perceptual distance, where its weights are on this computer; a clear reason where they are not.

Source: Zhang, Isola, Efros, Shechtman and Wang 2018, "The unreasonable effectiveness of deep features as a perceptual
metric", through the package `lpips` (its linear heads ship with it; the networks' weights must be downloaded once).
Only `download_lpips` ever uses the network. From a shell: `python -m rfsq.metrics.lpips squeeze`.
"""

import argparse
import hashlib
import importlib.util
import math
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from rfsq.metrics.torchvision_ops import ensure_loadable

LpipsNet = Literal["squeeze", "alex", "vgg"]


class LpipsUnavailable(RuntimeError):
    """LPIPS cannot be measured here; the message says why and how to change that."""


@dataclass(frozen=True)
class LpipsStatus:
    """Whether LPIPS can be measured with one of its networks."""

    available: bool
    reason: str | None  # why not, as a sentence for people; None if available
    how_to_get: str  # the shell command that makes it available


@dataclass(frozen=True)
class _Weights:
    """What must be known of a network's weights to find, check and download them."""

    file_name: str  # NAME-PREFIX.pth, where the file's SHA-256 starts with PREFIX
    size_text: str  # for people
    min_side: int  # pixels; below it the last feature map is empty
    max_megapixels: int  # above it the feature maps would need more than about 4 GB (measured, float32)
    folder_url: str = "https://download.pytorch.org/models"

    @property
    def hash_prefix(self) -> str:
        return Path(self.file_name).stem.rpartition("-")[2]

    @property
    def path(self) -> Path:
        return Path(torch.hub.get_dir()) / "checkpoints" / self.file_name


_WEIGHTS: dict[LpipsNet, _Weights] = {
    "squeeze": _Weights("squeezenet1_1-b8a52dc0.pth", "4.7 MB", min_side=17, max_megapixels=4),
    "alex": _Weights("alexnet-owt-7be5be79.pth", "233 MB", min_side=31, max_megapixels=12),
    "vgg": _Weights("vgg16-397923af.pth", "528 MB", min_side=16, max_megapixels=1),
}
_construction = threading.Lock()  # building a network draws from torch's global random numbers, which we put back


class Lpips(nn.Module):
    """LPIPS between x and y, float (B, 3, H, W) in [-1, 1]; returns (B,) float32, 0 for identical images.

    Scores are per image, differentiable in x and y, and NaN for sizes that `reason` names. The weights are frozen and
    start on the CPU; `.to(device)` moves them. Made by `load_lpips`.
    """

    def __init__(self, net: LpipsNet, network: nn.Module, measured: bool) -> None:
        super().__init__()
        self.net: LpipsNet = net
        self.measured = measured  # False for random weights, whose scores must not be reported
        self._network = network.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Images (B, 3, H, W) twice, in [−1, 1] → a distance per pair, (B,), NaN at sizes that it is not defined for.

        Raises ValueError for other shapes.
        """
        if x.shape != y.shape or x.ndim != 4 or x.shape[1] != 3:
            raise ValueError(f"expected two batches of one shape (B, 3, H, W), got {tuple(x.shape)}, {tuple(y.shape)}")
        if self.reason(*x.shape[-2:]) is not None:
            return torch.full((len(x),), math.nan, device=x.device)
        return self._network(x.float(), y.float()).flatten()

    def reason(self, height: int, width: int) -> str | None:
        """Why images of this size score NaN, as a sentence for people; None when they can be measured."""
        return lpips_size_reason(self.net, height, width)

    def train(self, mode: bool = True) -> "Lpips":
        """Stay in evaluation mode even as part of a model in training: the heads contain dropout."""
        return super().train(False)


def lpips_size_reason(net: LpipsNet, height: int, width: int) -> str | None:
    """Why LPIPS with this network is not measured at this size, as a sentence; None when it can be measured."""
    weights = _weights(net)
    picture = f"this picture has {width}×{height}"
    if min(height, width) < weights.min_side:
        return f"Not measured: LPIPS ({net}) needs at least {weights.min_side} pixels a side, {picture}."
    if height * width > weights.max_megapixels * 1_000_000:
        return f"Not measured: LPIPS ({net}) takes at most {weights.max_megapixels} million pixels, {picture}."
    return None


def lpips_status(net: LpipsNet = "squeeze") -> LpipsStatus:
    """Look for the packages and for an intact weights file in torch's cache folder. Never uses the network."""
    weights = _weights(net)
    for package in ("lpips", "torchvision"):
        if importlib.util.find_spec(package) is None:
            return LpipsStatus(
                False, f"Not measured: the package {package} is not installed.", f"pip install {package}"
            )
    how_to_get = f"python -m rfsq.metrics.lpips {net}"
    try:
        file = weights.path.stat()
        intact = _hash_starts_with(weights.path, weights.hash_prefix, file.st_size, file.st_mtime_ns)
    except FileNotFoundError:
        reason = f"Not measured: its weights ({weights.size_text}) are not on this computer."
        return LpipsStatus(False, reason, how_to_get)
    except OSError as error:
        reason = f"Not measured: its weights {weights.file_name} cannot be read ({error.strerror})."
        return LpipsStatus(False, reason, how_to_get)
    if not intact:
        reason = f"Not measured: its weights {weights.file_name} are damaged (the checksum differs)."
        return LpipsStatus(False, reason, how_to_get)
    return LpipsStatus(True, None, how_to_get)


def load_lpips(net: LpipsNet = "squeeze", *, random_weights: bool = False) -> Lpips:
    """LPIPS with weights already on this computer; never downloads.

    `random_weights` replaces the network's weights by fixed random ones, to exercise the path; its `measured` is False.
    Raises LpipsUnavailable, with the reason and the remedy, if the weights are missing or damaged.
    """
    weights = _weights(net)
    if not random_weights:
        status = lpips_status(net)
        if not status.available:
            raise LpipsUnavailable(f"{status.reason} Get them with: {status.how_to_get}")
    network = _build(net)
    if not random_weights:
        # lpips would download a missing file itself and unpickle freely; we load the checked file, tensors only.
        features = torch.load(weights.path, map_location="cpu", weights_only=True)
        _load_features(network, features)
    return Lpips(net, network, measured=not random_weights)


def download_lpips(net: LpipsNet = "squeeze", *, progress: bool = False) -> Path:
    """Download the weights of one network into torch's cache folder, unless they are there; return the file's path.

    The file appears only when complete and with the right checksum. Raises LpipsUnavailable if that fails.
    """
    weights = _weights(net)
    if lpips_status(net).available:
        return weights.path
    try:
        weights.path.parent.mkdir(parents=True, exist_ok=True)
        url = f"{weights.folder_url}/{weights.file_name}"
        torch.hub.download_url_to_file(url, str(weights.path), hash_prefix=weights.hash_prefix, progress=progress)
    except (OSError, HTTPException) as error:  # URLError is an OSError
        raise LpipsUnavailable(
            f"The LPIPS weights {weights.file_name} could not be downloaded ({error}). "
            "Is this computer online? The file can also be copied to hub/checkpoints in torch's cache folder."
        ) from error
    except RuntimeError as error:  # torch.hub's answer to a wrong checksum
        raise LpipsUnavailable(
            f"The download of {weights.file_name} was damaged and has been discarded; try again."
        ) from error
    return weights.path


def _weights(net: LpipsNet) -> _Weights:
    if net not in _WEIGHTS:
        raise ValueError(f"net must be one of {', '.join(_WEIGHTS)}, got {net!r}")
    return _WEIGHTS[net]


@lru_cache(maxsize=16)
def _hash_starts_with(path: Path, prefix: str, size: int, modified_ns: int) -> bool:
    """Whether the file's SHA-256 starts with `prefix`; size and time are there so that a changed file is read again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(prefix)


def _build(net: LpipsNet) -> Any:
    """The lpips network with its trained heads and fixed random features."""
    with _construction, torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lpips calls torchvision by an interface the latter calls deprecated
        ensure_loadable()
        import lpips

        torch.default_generator.manual_seed(0)
        network = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False)
    heads_file = Path(lpips.__file__).parent / "weights" / "v0.1" / f"{net}.pth"
    heads = torch.load(heads_file, map_location="cpu", weights_only=True)
    own_heads = {key for key in network.state_dict() if key.startswith("lin") and not key.startswith("lins.")}
    assert own_heads == set(heads), "the lpips package has changed its layout"
    network.load_state_dict(heads, strict=False)  # the features, and "lins", a second name for the heads, are not in it
    return network


def _load_features(network: Any, features: Mapping[str, Tensor]) -> None:
    """Fill lpips' feature slices from a torchvision state: `slice2.3.weight` there is `features.3.weight` here."""
    own = network.net.state_dict()
    network.net.load_state_dict({name: features["features." + name.partition(".")[2]] for name in own})


def main(arguments: list[str] | None = None) -> int:
    """Download the weights of the named network; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rfsq.metrics.lpips", description="Download LPIPS weights.")
    parser.add_argument("net", choices=get_args(LpipsNet), nargs="?", default="squeeze")
    net: LpipsNet = parser.parse_args(arguments).net
    try:
        path = download_lpips(net, progress=True)
    except LpipsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    print(f"LPIPS ({net}) is available: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

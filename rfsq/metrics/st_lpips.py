"""ST-LPIPS, a learned perceptual distance whose weights come with a package, so that it can be measured offline.

Source: Ghildyal and Liu 2022, "Shift-tolerant perceptual similarity metric", ECCV. It is LPIPS (Zhang et al. 2018) with
networks that were trained again without aliasing: convolutions at full resolution, then blur and every second pixel. Its
scores are not those of LPIPS. The weights are read from the package `stlpips-pytorch` (BSD-2), which is not imported: it
wants torchvision, torchsummary and IPython, and some of its files have a licence of their own.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

StLpipsNet = Literal["alex", "vgg"]
PACKAGE = "stlpips-pytorch"
_FOLDER = "weights/vST0.0"
_LIMIT = 100 * 2**20  # bytes of a file of weights; the larger has 59 MB
_PIXELS_AT_ONCE = 2**20  # of a batch; every network holds a few times 64 numbers a pixel
MAX_MEGAPIXELS = 4  # of a picture: about 4 GB of memory
_MIN_SIDE: dict[StLpipsNet, int] = {"alex": 21, "vgg": 18}  # below it, the last blur has nothing to mirror at the edge


class StLpipsUnavailable(RuntimeError):
    """ST-LPIPS cannot be measured here; the message says why and how to change that."""


class _BlurPool(nn.Module):
    """Blur by the 3×3 filter of the weights file, then every second pixel; mirrored at the edge, two pixels beyond it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("filt", torch.empty(channels, 1, 3, 3))
        self.filt: Tensor

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(pad(x, (2, 2, 2, 2), mode="reflect"), self.filt.to(x.dtype), stride=2, groups=x.shape[1])


@dataclass(frozen=True)
class _Plan:
    """A network's layers, as numbered in the weights file, and where each of its five feature maps is taken."""

    layers: nn.Sequential
    taps: tuple[int, ...]  # layers before the tap


def _alex() -> _Plan:
    return _Plan(
        nn.Sequential(
            nn.Conv2d(3, 64, 11, padding=2),
            _BlurPool(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=1),
            _BlurPool(64),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=1),
            _BlurPool(192),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
        ),
        (3, 7, 11, 13, 15),
    )


def _vgg() -> _Plan:
    layers: list[nn.Module] = []
    taps = []
    channels = 3
    for width, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        if layers:
            layers += [nn.MaxPool2d(2, stride=1), _BlurPool(channels)]
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        taps.append(len(layers))
    return _Plan(nn.Sequential(*layers), tuple(taps))


_PLANS = {"alex": _alex, "vgg": _vgg}


class StLpips(nn.Module):
    """ST-LPIPS between x and y, float (B, 3, H, W) in [-1, 1]; returns (B,) float32, 0 for identical images. x may be one
    image (1, 3, H, W) that all of y are compared with: its features are then computed once.

    Scores are per image (up to float rounding, whatever the batch), differentiable in x and y, and NaN for sizes that
    `reason` names. The weights are frozen and start on the CPU. Under autocast the networks, not the distances, are in
    half precision. Made by `load_st_lpips`.
    """

    def __init__(self, net: StLpipsNet) -> None:
        super().__init__()
        self.net: StLpipsNet = net
        plan = _PLANS[net]()
        self.layers: nn.Sequential = plan.layers
        self.taps = plan.taps
        widths = [layer.out_channels for layer in self.layers if isinstance(layer, nn.Conv2d)]
        convolutions = [sum(isinstance(one, nn.Conv2d) for one in list(self.layers)[:tap]) for tap in self.taps]
        self.heads = nn.ParameterList(torch.empty(widths[count - 1]) for count in convolutions)
        self.register_buffer("shift", torch.empty(1, 3, 1, 1))
        self.register_buffer("scale", torch.empty(1, 3, 1, 1))
        self.shift: Tensor
        self.scale: Tensor
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Images (B, 3, H, W) twice, in [−1, 1], or one beside B others → a distance per pair, (B,), NaN at sizes that it is
        not defined for. Raises ValueError for other shapes."""
        if x.ndim != 4 or x.shape[1] != 3 or x.shape[1:] != y.shape[1:] or len(x) not in (1, len(y)):
            raise ValueError(f"expected two batches of one shape (B, 3, H, W), got {tuple(x.shape)}, {tuple(y.shape)}")
        height, width = y.shape[-2:]
        if self.reason(height, width) is not None or not len(y):
            return torch.full((len(y),), math.nan, device=y.device)
        parts = y.split(max(1, _PIXELS_AT_ONCE // (height * width)))
        originals = [x] * len(parts) if len(x) == 1 else x.split(len(parts[0]))
        return torch.cat([self._distance(a, b) for a, b in zip(originals, parts, strict=True)])

    def reason(self, height: int, width: int) -> str | None:
        """Why images of this size score NaN, as a sentence for people; None when they can be measured."""
        return st_lpips_reason(height, width, self.net)

    def _distance(self, x: Tensor, y: Tensor) -> Tensor:
        total = torch.zeros(len(y), device=y.device)
        a, b = ((images.float() - self.shift) / self.scale for images in (x, y))
        a, b = (images.contiguous(memory_format=torch.channels_last) for images in (a, b))
        start = 0
        for tap, head in zip(self.taps, self.heads, strict=True):
            for layer in list(self.layers)[start:tap]:
                a, b = layer(a), layer(b)
            start = tap
            difference = (_unit(a) - _unit(b)).square()  # (B, C, h, w)
            total = total + (difference * head.view(1, -1, 1, 1)).sum(dim=1).mean(dim=(1, 2))
        return total


def _unit(features: Tensor) -> Tensor:
    """Every pixel's channels divided by their length."""
    features = features.float()
    return features / (torch.linalg.vector_norm(features, dim=1, keepdim=True) + 1e-10)


def st_lpips_reason(height: int, width: int, net: StLpipsNet = "alex") -> str | None:
    """Why ST-LPIPS with this network is not measured at this size, as a sentence; None when it can be measured."""
    if min(height, width) < _MIN_SIDE[net]:
        return (
            f"Not measured: ST-LPIPS ({net}) needs at least {_MIN_SIDE[net]} pixels a side, "
            f"this picture has {width}×{height}."
        )
    if height * width > MAX_MEGAPIXELS * 1_000_000:
        return (
            f"Not measured: ST-LPIPS ({net}) takes at most {MAX_MEGAPIXELS} million pixels, "
            f"this picture has {width}×{height}."
        )
    return None


def st_lpips_missing(net: StLpipsNet = "alex") -> str | None:
    """Why ST-LPIPS cannot be measured on this computer, as a sentence; None where its weights are there."""
    return None if _weights_file(net) is not None else f"Not measured: the package {PACKAGE} is not installed."


def load_st_lpips(net: StLpipsNet = "alex") -> StLpips:
    """ST-LPIPS with the weights of the installed package. Nothing in the file is executed.

    Raises ValueError for a network that there is not, StLpipsUnavailable if the weights are missing or not the expected
    ones; the message says what to do.
    """
    if net not in get_args(StLpipsNet):
        raise ValueError(f"net must be one of {', '.join(get_args(StLpipsNet))}, got {net!r}")
    path = _weights_file(net)
    if path is None:
        raise StLpipsUnavailable(f"The package {PACKAGE} is not installed. Get it with: pip install {PACKAGE}")
    try:
        if path.stat().st_size > _LIMIT:
            raise ValueError("it is too large")
        tensors = torch.load(path, map_location="cpu", weights_only=True)
        model = StLpips(net)
        model.load_state_dict(_renamed(model, tensors))
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError, EOFError, UnpicklingError) as error:
        raise StLpipsUnavailable(
            f"The weights {path.name} of {PACKAGE} cannot be used. Get them again with: "
            f"pip install --force-reinstall {PACKAGE}==0.0.2"
        ) from error
    return model


def _weights_file(net: StLpipsNet) -> Path | None:
    """The file in the installed package, which is found without importing it; None if it is not there."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / _FOLDER / f"{net}_shift_tolerant.pth"
        if path.is_file():
            return path
    return None


def _renamed(model: StLpips, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The package's names -> ours: its `net.slice2.5.weight` is `layers.5.weight`, its `lin0.model.1.weight` `heads.0`."""
    found = {"shift": tensors["scaling_layer.shift"], "scale": tensors["scaling_layer.scale"]}
    start = 0
    for number, tap in enumerate(model.taps):
        found[f"heads.{number}"] = tensors[f"lin{number}.model.1.weight"].flatten()
        for layer in range(start, tap):
            for name in model.layers[layer].state_dict():
                found[f"layers.{layer}.{name}"] = tensors[f"net.slice{number + 1}.{layer}.{name}"]
        start = tap
    if len(found) != len(tensors) or not all(bool(tensor.isfinite().all()) for tensor in found.values()):
        raise ValueError("it does not hold the expected numbers")
    return found

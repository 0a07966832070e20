"""How often a path waits for the device: a few times a call, never per stage, picture or token."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from rfsq.evidence.comparison import code_photo, decode_stages
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.quantizers import TRAINED_CONDITIONINGS

LOOKS = tuple(f"aten.{name}.default" for name in ("_local_scalar_dense", "item", "nonzero", "is_nonzero"))
"""Operations whose result Python has to see: on a GPU each waits for all that was asked for before."""


class Looks(TorchDispatchMode):
    count = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += str(function) in LOOKS
        return function(*args, **(kwargs or {}))


def looks_of(call: Callable[[], object]) -> int:
    with torch.no_grad(), Looks() as looks:
        call()
    return looks.count


def photo(height: int = 24, width: int = 32) -> torch.Tensor:
    return torch.randint(0, 256, (height, width, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


@pytest.mark.parametrize("conditioning", TRAINED_CONDITIONINGS)
@pytest.mark.parametrize("base", ["fsq", "vq", "lfq"])
@pytest.mark.parametrize("stages", [2, 5])
def test_a_reconstruction_waits_once_whatever_the_stages(
    base: str, conditioning: str, stages: int, tiny: Callable[..., ModelConfig]
) -> None:
    config = (
        tiny(base, 3, num_stages=stages, conditioning=conditioning)
        if base != "fsq"
        else tiny(num_stages=stages, conditioning=conditioning)
    )
    model = QuantizedAutoencoder(config).eval()
    images = to_tensor(photo().numpy())
    assert looks_of(lambda: model.reconstruct(images)) == 1
    assert looks_of(lambda: model.reconstruct(images, 1)) == 1
    assert looks_of(lambda: to_pixels(model.reconstruct(images))) == 2  # the picture is looked at, too


@pytest.mark.parametrize("stages", [2, 5])
def test_coding_and_decoding_a_photo_for_the_page_waits_as_often_for_many_stages(
    stages: int, tiny: Callable[..., ModelConfig]
) -> None:
    model = QuantizedAutoencoder(tiny(num_stages=stages, conditioning="layernorm")).eval()
    pixels = photo().numpy()
    latents = model.encode(to_tensor(pixels)).detach()
    assert looks_of(lambda: code_photo("mine", model, pixels, latents)) == 1
    coded = code_photo("mine", model, pixels, latents)
    assert looks_of(lambda: decode_stages(model, [(model, coded, k) for k in range(1, stages + 1)])) == 1


@pytest.mark.parametrize("conditioning", TRAINED_CONDITIONINGS)
def test_training_never_waits(conditioning: str, tiny: Callable[..., ModelConfig]) -> None:
    model = QuantizedAutoencoder(tiny(num_stages=3, conditioning=conditioning)).train()
    images = to_tensor(photo().numpy())
    with Looks() as looks:
        output = model(images, torch.tensor([2]))
        output.images.square().mean().backward()
    assert looks.count == 0


@contextmanager
def counted_waits() -> Iterator[list[str]]:
    """Every wait for the GPU, as torch tells of it."""
    found: list[str] = []
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield found
    finally:
        torch.cuda.set_sync_debug_mode(before)
        found += [str(one.message) for one in caught if "synchroniz" in str(one.message)]


@pytest.mark.cuda
@pytest.mark.parametrize("conditioning", TRAINED_CONDITIONINGS)
@pytest.mark.parametrize("stages", [2, 5])
def test_on_a_gpu_a_reconstruction_waits_once_and_training_never(
    conditioning: str, stages: int, tiny: Callable[..., ModelConfig]
) -> None:
    model = QuantizedAutoencoder(tiny(num_stages=stages, conditioning=conditioning)).eval().cuda()
    images = to_tensor(photo().numpy()).cuda()
    with torch.no_grad():
        model.reconstruct(images)  # libraries wait while they are loaded
        with counted_waits() as waits:
            model.reconstruct(images)
        assert len(waits) <= 1, waits
        with counted_waits() as waits:
            to_pixels(model.reconstruct(images))
        assert len(waits) <= 3, waits
    model.train()
    keep = torch.tensor([2], device="cuda")
    model(images, keep).images.square().mean().backward()
    torch.cuda.set_sync_debug_mode("error")
    try:
        model(images, keep).images.square().mean().backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")

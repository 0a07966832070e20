"""What people wait for: a toggle, another photo, a frame of a camera, 12 megapixels. The same code on a CPU and a GPU.

Nothing of the page itself is in these times, and no browser: models, and pictures made into files as the page sends them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image

from rfsq.commands.benchmark import models as benchmark
from rfsq.commands.benchmark.models import Timing, measure, square_photo, summarize
from rfsq.evidence.comparison import CodedPhoto, code_photo, decode_stages
from rfsq.evidence.live_frames import LiveModel, live_pictures
from rfsq.machine.devices import synchronize
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.photos.read import read_image
from rfsq.photos.write import encode_jpeg, encode_lossless

NETWORK = "continuous-5"
METHODS = tuple(f"{NETWORK}.fsq-4-s4-{conditioning}" for conditioning in ("none", "scale", "layernorm"))
LIVE = (METHODS[1:2], METHODS[:3:2])  # one method, and two side by side
STAGES = 4  # of a live frame
FRAMES = 60
LARGE_REPEATS = 3  # of the large photo on a CPU, where each takes many seconds


def time_waits(large: str, *, device: torch.device, size: int, repeats: int) -> list[Timing]:
    """All of them, pictures of size × size pixels. `large`: the model that takes the large photo."""
    models = {name: load_model(name).to(device) for name in METHODS}
    network = load_model(NETWORK).to(device)
    photos = [square_photo(example.name, size) for example in EXAMPLES[:2]]
    large_photo = time_large_here(large, device, repeats) if device.type != "cpu" else _large_in_process(large, repeats)
    return [
        measure(
            f"toggle: one conditioning of {len(models)}, {size}²", toggle(models, photos[0], device), device, repeats
        ),
        measure(f"photo change: {len(models)} methods, {size}²", photo_change(models, photos, device), device, repeats),
        *(time_frames([LiveModel(models[name], network) for name in shown], device, size) for shown in LIVE),
        large_photo,
    ]


def toggle(
    models: dict[str, QuantizedAutoencoder], photo: np.ndarray, device: torch.device
) -> Callable[[], list[bytes]]:
    """A function that does what changing one conditioning asks for: the photo's latents are known, and two of the codes;
    one is made anew, and all pictures are decoded and made into files."""
    names = list(models)
    network = models[names[0]]
    with torch.inference_mode():
        latents = network.encode(to_tensor(photo).to(device))
        known = {name: code_photo(name, model, photo, latents) for name, model in models.items()}
    turn = 0

    def step() -> list[bytes]:
        nonlocal turn
        changed = names[turn % len(names)]
        turn += 1
        known[changed] = code_photo(changed, models[changed], photo, latents)
        return _pictures(models, known)

    return step


def photo_change(
    models: dict[str, QuantizedAutoencoder], photos: Sequence[np.ndarray], device: torch.device
) -> Callable[[], list[bytes]]:
    """A function that takes another photo: one encoding for the network that all share, then every method."""
    network = next(iter(models.values()))
    turn = 0

    def step() -> list[bytes]:
        nonlocal turn
        photo = photos[turn % len(photos)]
        turn += 1
        latents = network.encode(to_tensor(photo).to(device))
        return _pictures(models, {name: code_photo(name, model, photo, latents) for name, model in models.items()})

    return step


def time_frames(models: Sequence[LiveModel], device: torch.device, size: int, frames: int = FRAMES) -> Timing:
    """Frames one after the other, each another part of a photo: what a server does from a frame's file to the pictures' files."""
    height, width = size + frames, size + frames
    photo = np.asarray(Image.fromarray(load_example(EXAMPLES[0].name)).resize((width, height)))
    parts = [np.ascontiguousarray(photo[at : at + size, at : at + size]) for at in range(frames)]
    files = [encode_jpeg(part, 95) for part in parts]  # as a browser sends them
    times = []
    for number in range(frames + 3):
        started = time.perf_counter()
        live_frame(models, files[number % frames], device)
        synchronize(device)
        times.append(1e3 * (time.perf_counter() - started))
    methods = "one method" if len(models) == 1 else f"{len(models)} methods"
    return summarize(f"live frames: {methods}, {size}²", times[3:], with_p95=True)


def live_frame(models: Sequence[LiveModel], file: bytes, device: torch.device) -> list[bytes]:
    """A frame's file, read as an upload is, through the models: a JPEG of each."""
    frame = read_image(file)
    return [encode_jpeg(picture.pixels, 92) for picture in live_pictures(frame, models, STAGES, device)]


def time_large_here(name: str, device: torch.device, repeats: int) -> Timing:
    """The large photo in this process on a GPU, pixels to pixels; memory is what torch held at most."""
    model = load_model(name).to(device)
    pixels = benchmark.large_photo(*benchmark.LARGE_PHOTO)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    timing = measure(_large_name(), lambda: to_pixels(model.reconstruct(to_tensor(pixels).to(device))), device, repeats)
    peak = torch.cuda.max_memory_allocated(device) / 1e6 if device.type == "cuda" else None
    return summarize(timing.name, timing.times_ms, peak)


def _large_in_process(name: str, repeats: int) -> Timing:
    timing = benchmark.time_large_photo(name, repeats=min(repeats, LARGE_REPEATS))
    return summarize(_large_name(), timing.times_ms, timing.peak_mb)


def _large_name() -> str:
    height, width = benchmark.LARGE_PHOTO
    return f"photo of {width}×{height}: from pixels to pixels"


def _pictures(models: dict[str, QuantizedAutoencoder], coded: dict[str, CodedPhoto]) -> list[bytes]:
    network = next(iter(models.values()))
    pictures = decode_stages(network, [(models[name], coded[name], len(coded[name].stages)) for name in models])
    return [encode_lossless(Image.fromarray(picture)) for picture in pictures]

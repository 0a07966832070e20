"""Times and memory on this machine: medians over repeats, the machine named.

Times are of warm calls on whatever else the machine is doing, so run it on an idle one. Memory is the peak resident
size of a fresh process that does one thing.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image

from rfsq.codec.bitstream import Header
from rfsq.codec.codec import Codec, compress, decompress, load_codec, token_coder
from rfsq.evidence.comparison import code_photo, decode_stages, score
from rfsq.machine.devices import describe_device, synchronize
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.photos.pixels import to_pixels, to_tensor

LARGE_PHOTO = (3000, 4000)  # height and width: 12 megapixels


@dataclass(frozen=True)
class Timing:
    """One measured step; times in milliseconds."""

    name: str
    median_ms: float
    fastest_ms: float
    slowest_ms: float
    repeats: int
    peak_mb: float | None = None  # resident memory of the process, or of a GPU, where it was measured, 1 MB = 10⁶ bytes
    p95_ms: float | None = None  # 19 of 20 stay below it; where there are enough repeats to tell
    times_ms: tuple[float, ...] = ()  # all of them, in order


def machine(device: torch.device) -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "device": describe_device(device),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def time_steps(models: Sequence[str], *, device: torch.device, size: int, repeats: int) -> list[Timing]:
    """Encode, decode, and what the Compare page does when one conditioning or the photo changes, at size × size."""
    loaded = {name: load_model(name).to(device) for name in models}
    photos = [square_photo(example.name, size) for example in EXAMPLES[:2]]
    timings = []
    for name, model in loaded.items():
        images = to_tensor(photos[0]).to(device)
        latents = model.encode(images)
        quantized = latents if model.quantizer is None else model.quantize(latents).quantized
        timings.append(measure(f"{name}: encode and quantize", partial(_encode, model, images), device, repeats))
        timings.append(measure(f"{name}: decode once", partial(model.decode, quantized, size, size), device, repeats))
    first, model = next(iter(loaded.items()))
    timings.append(
        measure(
            "conditioning change: one method, all stages, scores",
            lambda: _show({first: model}, photos[0], device),
            device,
            repeats,
        )
    )
    timings.append(
        measure(
            f"photo change: {'one method' if len(loaded) == 1 else f'{len(loaded)} methods'}, all stages, scores",
            lambda: _show(loaded, photos[0], device),
            device,
            repeats,
        )
    )
    return timings


def measure(name: str, step: Callable[[], object], device: torch.device, repeats: int) -> Timing:
    """Call `step` once to warm up, then `repeats` times."""
    times = []
    with torch.inference_mode():
        for _ in range(repeats + 1):
            started = time.perf_counter()
            step()
            synchronize(device)
            times.append(1e3 * (time.perf_counter() - started))
    return summarize(name, times[1:])


def summarize(name: str, times_ms: Sequence[float], peak_mb: float | None = None, *, with_p95: bool = False) -> Timing:
    """Median and range of several times."""
    p95 = statistics.quantiles(times_ms, n=20, method="inclusive")[-1] if with_p95 else None
    median, times = statistics.median(times_ms), tuple(times_ms)
    return Timing(name, median, min(times_ms), max(times_ms), len(times_ms), peak_mb, p95, times)


def time_large_photo(model: str, *, repeats: int) -> Timing:
    """Reconstruct a 12-megapixel photo in fresh processes on the CPU: time without start-up, peak resident memory."""
    runs = [_in_fresh_process("reconstruct", model, *map(str, LARGE_PHOTO)) for _ in range(repeats)]
    return summarize(f"{model}: 12-megapixel photo", [run["ms"] for run in runs], max(run["peak_mb"] for run in runs))


def time_large_codebook(*, repeats: int) -> Timing:
    """Nearest of 4,096 codes for 65,536 vectors in fresh processes; memory is what the search adds to the process."""
    runs = [_in_fresh_process("nearest") for _ in range(repeats)]
    return summarize(
        "VQ search: 65536 vectors × 4096 codes", [run["ms"] for run in runs], max(run["added_mb"] for run in runs)
    )


def time_codec(model: str, *, repeats: int) -> list[Timing]:
    """Compress and decompress a 768×512 and a 12-megapixel photo on the CPU, and the entropy coder alone.

    A symbol is one level of one channel. Raises as `load_codec` does.
    """
    codec, cpu = load_codec(model), torch.device("cpu")
    timings = []
    for height, width in ((512, 768), LARGE_PHOTO):
        photo = np.asarray(Image.fromarray(load_example(EXAMPLES[0].name)).resize((width, height)))
        made = compress(codec, photo)
        size = f"{model}: {width}×{height}"
        timings += [
            measure(f"{size}, compress", partial(compress, codec, photo), cpu, repeats),
            measure(f"{size}, decompress", partial(decompress, made.data, find=lambda header: codec), cpu, repeats),
        ]
        for coding in ("static", "context"):
            header = replace(made.header, coding=coding)
            streams = _encode_all(codec, header, made.tokens.indices)
            symbols = (
                f"{sum(len(channels) for channels in codec.layout.channels) * made.tokens.indices[0].size / 1e6:.2f}"
            )
            timings += [
                measure(
                    f"{size}, entropy coding of {symbols} M symbols, {coding}: encode",
                    partial(_encode_all, codec, header, made.tokens.indices),
                    cpu,
                    repeats,
                ),
                measure(
                    f"{size}, entropy coding of {symbols} M symbols, {coding}: decode",
                    partial(_decode_all, codec, header, streams),
                    cpu,
                    repeats,
                ),
            ]
    return timings


def _encode_all(codec: Codec, header: Header, indices: np.ndarray) -> list[bytes]:
    coder = token_coder(codec, header)
    return [coder.encode(stage) for stage in indices]


def _decode_all(codec: Codec, header: Header, streams: Sequence[bytes]) -> list[np.ndarray]:
    coder = token_coder(codec, header)
    return [coder.decode(stream) for stream in streams]


def as_record(device: torch.device, timings: Sequence[Timing]) -> dict[str, Any]:
    return {"machine": machine(device), "timings": [asdict(timing) for timing in timings]}


def _encode(model: QuantizedAutoencoder, images: torch.Tensor) -> object:
    latents = model.encode(images)
    return latents if model.quantizer is None else model.quantize(latents)


def _show(models: dict[str, QuantizedAutoencoder], photo: np.ndarray, device: torch.device) -> None:
    for name, model in models.items():
        coded = code_photo(name, model, photo, model.encode(to_tensor(photo).to(device)))
        every = [(model, coded, k) for k in range(1, len(coded.stages) + 1)]
        score(photo, decode_stages(model, every)[-1])


def square_photo(name: str, size: int) -> np.ndarray:
    """A photo of the gallery, (size, size, 3) uint8."""
    pixels = load_example(name)
    side = min(pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels[:side, :side]).resize((size, size)))


def _in_fresh_process(*task: str) -> dict[str, float]:
    result = subprocess.run(
        [sys.executable, "-m", "rfsq.commands.benchmark.models", *task],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ValueError(f"the measuring process failed: {result.stderr.strip().splitlines()[-1:]}")
    return json.loads(result.stdout.splitlines()[-1])


def _peak_mb() -> float:
    import resource  # not on Windows, where the rest of this module works

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _run_task(task: str, *options: str) -> dict[str, float]:
    with torch.inference_mode():
        if task == "nearest":
            from rfsq.quantizers.vq import nearest

            vectors, codebook = torch.randn(65_536, 4), torch.randn(4_096, 4)
            nearest(vectors[:256], codebook)  # load the kernels first
            before, started = _peak_mb(), time.perf_counter()
            nearest(vectors, codebook)
            return {"ms": 1e3 * (time.perf_counter() - started), "added_mb": _peak_mb() - before}
        name, height, width = options
        model, pixels = load_model(name), large_photo(int(height), int(width))
        started = time.perf_counter()
        to_pixels(model.reconstruct(to_tensor(pixels)))
        return {"ms": 1e3 * (time.perf_counter() - started), "peak_mb": _peak_mb()}


def large_photo(height: int, width: int) -> np.ndarray:
    """Noise, (height, width, 3) uint8: no model takes longer or shorter over a photo."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


if __name__ == "__main__":
    print(json.dumps(_run_task(*sys.argv[1:])))

"""Scores of a model over a folder of images, streaming: memory does not grow with the number of images."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from rfsq import metrics
from rfsq.gallery import EXAMPLES, load_example
from rfsq.images import IMAGE_SUFFIXES, ImageError, fit_within, read_image, to_pixels, to_tensor
from rfsq.lpips_metric import Lpips
from rfsq.metrics import CodeHistogram
from rfsq.model import QuantizedAutoencoder
from rfsq.rate import FACTOR


class EvaluationError(ValueError):
    """There is nothing to evaluate on; the message says why."""


@dataclass(frozen=True)
class ModelScores:
    """Means over the images; None where a figure cannot be measured, with the reason in `not_measured`."""

    model: str
    images: int
    stages: int
    l1: float | None  # on the [-1, 1] scale
    psnr_db: float | None
    ssim: float | None
    ms_ssim: float | None
    flip: float | None
    lpips: float | None
    bits_per_token: float | None  # nominal; None for a continuous model
    bpp_nominal: float | None  # side information counted
    bpp_entropy: float | None  # zeroth-order entropy of the indices of each stage, side information counted
    side_bytes_per_image: float
    perplexity: tuple[float, ...]  # per stage, over all images
    usage: tuple[float, ...]  # share of the codebook seen, per stage
    entropy_bits: tuple[float, ...]  # per stage
    residual_rms: tuple[float, ...]  # before stage 1, then after each stage; mean over images
    not_measured: dict[str, str] = field(default_factory=dict)


def image_files(folder: Path) -> list[Path]:
    """The images of a folder and its subfolders, sorted. Raises EvaluationError when there is none."""
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    if not files:
        raise EvaluationError(f"There are no images in {folder}.")
    return files


def evaluate(name: str, model: QuantizedAutoencoder, files: Sequence[Path], *, device: torch.device,
             stages: int | None = None, batch_size: int = 16, lpips: Lpips | None = None,
             lpips_reason: str = "LPIPS was not asked for.", progress_bar: bool = False) -> ModelScores:
    """Reconstruct every image with the first `stages` stages (default all) and average the scores.

    Scores are taken from the 8-bit pictures, as a viewer sees them. Raises EvaluationError naming a file that cannot
    be read, ValueError if the model has fewer stages.
    """
    k = model.check_stages(stages)
    if not files:
        raise EvaluationError("There are no images to evaluate on.")
    totals = _Totals(k if model.quantizer is not None else 0)
    bar = tqdm(total=len(files), desc=name, unit="image", disable=not progress_bar, dynamic_ncols=True)
    with bar, torch.inference_mode():
        for batch in _batches(files, batch_size):
            totals.add(model, batch.to(device), k, lpips)
            bar.update(len(batch))
    return totals.scores(name, model, k, lpips_reason if lpips is None else "The images are too small for LPIPS.")


def _batches(files: Sequence[Path], batch_size: int) -> Iterator[Tensor]:
    """Images in order, (B, 3, H, W); a new batch starts whenever the size changes."""
    batch: list[Tensor] = []
    for file in files:
        try:
            image = to_tensor(read_image(file))
        except ImageError as error:
            raise EvaluationError(f"{file.name}: {error}") from error
        if batch and (len(batch) == batch_size or image.shape != batch[0].shape):
            yield torch.cat(batch)
            batch = []
        batch.append(image)
    if batch:
        yield torch.cat(batch)


class _Totals:
    """Running sums over the images seen."""

    def __init__(self, stages: int) -> None:
        self.images = self.pixels = self.tokens = 0
        self.side_bytes = self.nominal_bits = 0.0
        self.sums: dict[str, float] = {}
        self.reasons: dict[str, str] = {}
        self.histograms = [CodeHistogram() for _ in range(stages)]
        self.rms = np.zeros(stages + 1)

    def add(self, model: QuantizedAutoencoder, images: Tensor, stages: int, lpips: Lpips | None) -> None:
        count, _, height, width = images.shape
        latents = model.encode(images)
        if model.quantizer is not None:
            traces = model.quantize(latents).stages[:stages]
            latents = traces[-1].quantized
            for histogram, trace in zip(self.histograms, traces, strict=True):
                histogram.update(trace.indices)
            norms = [traces[0].rms_before, *(trace.rms_after for trace in traces)]
            self.rms += np.array([float(norm.double().sum()) for norm in norms])
        pictures = model.decode(latents, height, width)
        shown = [to_pixels(picture[None].cpu()) for picture in pictures]
        y = torch.cat([to_tensor(pixels) for pixels in shown]).to(images.device)
        self._score("l1", metrics.l1(images, y))
        self._score("psnr_db", metrics.psnr_db(images, y))
        self._score("ssim", metrics.ssim(images, y), metrics.ssim_reason(height, width))
        self._score("ms_ssim", metrics.ms_ssim(images, y), metrics.ms_ssim_reason(height, width))
        self._score("flip", torch.tensor([metrics.flip(to_pixels(x[None].cpu()), pixels).mean
                                          for x, pixels in zip(images, shown, strict=True)]))
        if lpips is not None:
            self._score("lpips", lpips(images, y), lpips.reason(height, width))
        rate = model.rate(height, width, stages) if model.quantizer is not None else None
        self.images += count
        self.pixels += count * height * width
        self.tokens += count * -(-height // FACTOR) * -(-width // FACTOR)
        if rate is not None:
            self.side_bytes += count * rate.side_bytes
            self.nominal_bits += count * rate.bpp * rate.pixels

    def _score(self, metric: str, values: Tensor, reason: str | None = None) -> None:
        self.sums[metric] = self.sums.get(metric, 0.0) + float(values.double().sum())
        if reason is not None:
            self.reasons[metric] = reason

    def scores(self, name: str, model: QuantizedAutoencoder, stages: int, lpips_reason: str) -> ModelScores:
        mean = {metric: self._mean(metric) for metric in ("l1", "psnr_db", "ssim", "ms_ssim", "flip", "lpips")}
        reasons = {metric: self.reasons.get(metric, lpips_reason if metric == "lpips" else "A score was not finite.")
                   for metric, value in mean.items() if value is None}
        rate = model.rate(FACTOR, FACTOR, stages)
        entropies = tuple(histogram.entropy_bits() for histogram in self.histograms)
        entropy_bits = sum(entropies) * self.tokens + 8 * self.side_bytes
        return ModelScores(
            name, self.images, stages, **mean, bits_per_token=rate.bits_per_token if rate else None,
            bpp_nominal=self.nominal_bits / self.pixels if rate else None,
            bpp_entropy=entropy_bits / self.pixels if rate else None,
            side_bytes_per_image=self.side_bytes / self.images,
            perplexity=tuple(histogram.perplexity() for histogram in self.histograms),
            usage=tuple(histogram.usage(size) for histogram, size in zip(
                self.histograms, model.quantizer.codebook_sizes[:stages] if model.quantizer else (), strict=True)),
            entropy_bits=entropies,
            residual_rms=tuple(float(value) for value in self.rms / self.images) if self.histograms else (),
            not_measured=reasons,
        )

    def _mean(self, metric: str) -> float | None:
        value = self.sums.get(metric, math.nan) / self.images
        return value if math.isfinite(value) else None


def gallery_psnr_db(model: QuantizedAutoencoder) -> dict[str, float]:
    """PSNR on the pictures that the package ships, longer side 256: a score that anybody can check without data."""
    scores = {}
    for example in EXAMPLES:
        pixels = fit_within(load_example(example.name), 256)
        picture = to_pixels(model.reconstruct(to_tensor(pixels)))
        scores[example.name] = round(float(metrics.psnr_db(to_tensor(pixels), to_tensor(picture))), 3)
    return scores


def folder_digest(files: Sequence[Path]) -> str:
    """SHA-256 over the names and contents of the files, to say which pictures a score belongs to."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def as_record(scores: ModelScores) -> dict[str, Any]:
    """Plain JSON values."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(scores).items()}

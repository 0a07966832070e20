"""Scores of a model over a folder of images, streaming: memory does not grow with the number of images."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from rfsq.machine.folders import files_in
from rfsq.machine.processes import SINGLE_PROCESS, ProcessGroup
from rfsq.metrics import image as metrics
from rfsq.metrics.intervals import mean_interval
from rfsq.metrics.learned import NOT_ASKED, LearnedMetric
from rfsq.metrics.lpips import Lpips
from rfsq.metrics.st_lpips import StLpips
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import token_count
from rfsq.photos.errors import ImageError
from rfsq.photos.gallery import EXAMPLES, Example, load_example
from rfsq.photos.pixels import fit_within, to_pictures, to_pixels, to_tensor
from rfsq.photos.read import IMAGE_SUFFIXES, read_image
from rfsq.quantizers import FSQ
from rfsq.quantizers.stages import StageTrace
from rfsq.quantizers.statistics import COUNTED_CODES, StageCounter, rms_left, signal_to_step, wrong_float_indices
from rfsq.style.names import printable


class EvaluationError(ValueError):
    """There is nothing to evaluate on; the message says why."""


METRICS = ("l1", "psnr_db", "ssim", "ms_ssim", "flip", "lpips", "st_lpips", "st_lpips_vgg")
SCORES_VERSION = (
    1  # of what the scores mean: raised where one is defined anew, so that older results are measured again
)
OPTIONAL = ("st_lpips", "st_lpips_vgg")  # metrics that records need not have


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
    perplexity: tuple[float | None, ...]  # per stage, over all images; None for codebooks too large to count
    usage: tuple[float | None, ...]  # share of the codebook seen, per stage; None likewise
    entropy_bits: tuple[
        float | None, ...
    ]  # per stage; of a codebook too large to count, summed over its levels' channels
    residual_rms: tuple[
        float | None, ...
    ]  # of the latents, then of what each stage leaves of them; mean over images; None where not shown
    signal_to_step: tuple[float | None, ...]  # per stage: RMS of what is rounded ÷ distance of the levels; None for VQ
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)  # 95 % bootstrap, per metric
    not_measured: dict[str, str] = field(default_factory=dict)
    st_lpips: float | None = None  # AlexNet; None without a reason: measured before there was this metric
    st_lpips_vgg: float | None = None  # None without a reason: not asked for


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model at one number of stages, and what they are the means of."""

    scores: ModelScores
    per_image: dict[
        str, tuple[float, ...]
    ]  # metric -> one score per image, in the order of the files; NaN where missing


def image_files(folder: Path, errors: dict[Path, str] | None = None) -> list[Path]:
    """The images of a folder and the folders in it (see `files_in`), sorted.

    Raises EvaluationError when there is none, or when a folder cannot be read; one further down becomes an entry of
    `errors` instead, if given: path -> reason.
    """
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {printable(folder)}.")

    def unreadable(path: Path, error: OSError) -> None:
        reason = (error.strerror or "unknown reason").lower()
        if errors is None or path == folder:
            raise EvaluationError(f"The folder {printable(path)} cannot be read: {reason}.") from error
        errors[path] = f"The folder cannot be read: {reason}."

    try:
        files = files_in(folder, IMAGE_SUFFIXES, unreadable)
    except OSError as error:
        unreadable(folder, error)
        raise
    if not files:
        raise EvaluationError(f"There are no images in {printable(folder)}.")
    return files


def readable_images(
    files: Sequence[Path], *, progress_bar: bool = False, processes: ProcessGroup = SINGLE_PROCESS
) -> tuple[list[Path], dict[Path, str]]:
    """The files that hold a picture, and why the others do not: every model is measured on the same.

    Each of several processes reads its share, and all return the same. Raises EvaluationError when there is no picture.
    """
    errors: dict[Path, str] = {}
    mine = files[processes.rank :: processes.size]
    for file in tqdm(
        mine,
        desc="reading",
        unit="file",
        disable=processes.rank > 0 or not progress_bar,
        dynamic_ncols=True,
        leave=False,
    ):
        try:
            read_image(file)
        except ImageError as error:
            errors[file] = str(error)
    for other in processes.gather_values(errors):
        errors |= other
    good = [file for file in files if file not in errors]
    if not good:
        first, reason = next(iter(errors.items()))
        raise EvaluationError(f"None of the {len(files)} images can be read; {printable(first.name)}: {reason}")
    return good, {file: errors[file] for file in files if file in errors}


def evaluate(
    name: str,
    model: QuantizedAutoencoder,
    files: Sequence[Path],
    *,
    device: torch.device,
    stages: Sequence[int] | None = None,
    batch_size: int = 16,
    learned: Mapping[str, LearnedMetric] | None = None,
    progress_bar: bool = False,
    processes: ProcessGroup = SINGLE_PROCESS,
) -> list[Evaluation]:
    """Reconstruct every image with each number of stages in `stages` (default: all stages only) and average the scores.

    Scores are taken from the 8-bit pictures, as a viewer sees them. Only one batch of pictures is held at a time; what
    grows with the number of images is six numbers each. Each of several processes takes its share of the files, and all
    return the same result. Raises EvaluationError naming a file that cannot be read, ValueError if the model
    has fewer stages.
    """
    counts = [model.check_stages(k) for k in (stages or [model.num_stages])]
    learned = {**NOT_ASKED, **(learned or {})}
    if not files:
        raise EvaluationError("There are no images to evaluate on.")
    totals = _Totals(model, counts)
    mine = files[processes.rank :: processes.size]
    bar = tqdm(
        total=len(mine),
        desc=printable(name),
        unit="image",
        disable=processes.rank > 0 or not progress_bar,
        dynamic_ncols=True,
    )
    with bar, torch.inference_mode():
        for batch in image_batches(mine, batch_size):
            totals.add(model, batch.to(device), learned)
            bar.update(len(batch))
    parts = processes.gather_values(totals)
    for other in parts[1:]:
        parts[0].merge(other)
    order = np.argsort(np.concatenate([np.arange(len(files))[rank :: len(parts)] for rank in range(len(parts))]))
    reasons = {metric: one.reason for metric, one in learned.items() if one.measure is None}
    return [parts[0].evaluation(name, model, k, order, reasons) for k in counts]


def measure_learned(
    model: QuantizedAutoencoder,
    files: Sequence[Path],
    metric: Lpips | StLpips,
    *,
    device: torch.device,
    batch_size: int = 16,
    progress_bar: bool = False,
) -> tuple[float, ...]:
    """One learned metric alone, with all stages: a score per image, as `evaluate` gives it.

    Raises EvaluationError naming a file that cannot be read or is too small.
    """
    scores: list[float] = []
    bar = tqdm(total=len(files), disable=not progress_bar, unit="image", dynamic_ncols=True)
    with bar, torch.inference_mode():
        for batch in image_batches(files, batch_size):
            if (reason := metric.reason(*batch.shape[-2:])) is not None:
                raise EvaluationError(reason)
            images = batch.to(device)
            pictures = model.reconstruct(images)
            shown = to_tensor(to_pictures(pictures))
            scores += metric(images, shown.to(device)).double().tolist()
            bar.update(len(batch))
    return tuple(scores)


def image_batches(files: Sequence[Path], batch_size: int) -> Iterator[Tensor]:
    """Images in order, (B, 3, H, W); a new batch starts whenever the size changes. Raises EvaluationError."""
    batch: list[Tensor] = []
    for file in files:
        try:
            image = to_tensor(read_image(file))
        except ImageError as error:
            raise EvaluationError(f"{printable(file.name)}: {error}") from error
        if batch and (len(batch) == batch_size or image.shape != batch[0].shape):
            yield torch.cat(batch)
            batch = []
        batch.append(image)
    if batch:
        yield torch.cat(batch)


class _Totals:
    """What is known of the images seen so far: running sums, code counts, and each image's scores."""

    def __init__(self, model: QuantizedAutoencoder, counts: Sequence[int]) -> None:
        self.images = self.pixels = self.tokens = 0
        self.rates = {k: _RateSums() for k in counts}
        self.per_image: dict[int, dict[str, list[float]]] = {k: {metric: [] for metric in METRICS} for k in counts}
        self.reasons: dict[str, str] = {}
        bases = [base for base, _ in model.quantizer.parts][: max(counts)] if model.quantizer is not None else []
        self.counters = [StageCounter(base) for base in bases]
        self.rms = np.zeros(len(bases) + 1)
        self.signal_to_step = np.zeros(len(bases))

    def add(self, model: QuantizedAutoencoder, images: Tensor, learned: Mapping[str, LearnedMetric]) -> None:
        count, _, height, width = images.shape
        latents = model.encode(images)
        traces: Sequence[StageTrace] = ()
        if model.quantizer is not None:
            steps = list(model.quantizer.steps(latents))
            traces = model.quantizer.collect(latents, steps).stages[: len(self.counters)]
            for counter, trace in zip(self.counters, traces, strict=True):
                counter.update(trace.indices)
            norms = rms_left(model.quantizer, latents, steps[: len(traces)])
            self.rms += np.array([_sum(norm) for norm in norms])
            ratios = signal_to_step(steps)
            self.signal_to_step += np.array(
                [math.nan if ratio is None else _sum(ratio) for ratio in ratios[: len(traces)]]
            )
        self.images += count
        self.pixels += count * height * width
        self.tokens += count * token_count(height, width, model.stride)
        for k, rate_sums in self.rates.items():
            quantized = traces[k - 1].quantized if traces else latents
            self._score(k, images, model.decode(quantized, height, width), learned)
            if (rate := model.rate(height, width, k)) is not None:
                rate_sums.side_bytes += count * rate.side_bytes
                rate_sums.nominal_bits += count * rate.bpp * rate.pixels

    def merge(self, other: _Totals) -> None:
        """Add what another process saw; its images come after these."""
        self.images, self.pixels = self.images + other.images, self.pixels + other.pixels
        self.tokens += other.tokens
        self.reasons |= other.reasons
        self.rms, self.signal_to_step = self.rms + other.rms, self.signal_to_step + other.signal_to_step
        for mine, theirs in zip(self.counters, other.counters, strict=True):
            mine.merge(theirs)
        for k, sums in self.rates.items():
            sums.side_bytes += other.rates[k].side_bytes
            sums.nominal_bits += other.rates[k].nominal_bits
            for metric, values in self.per_image[k].items():
                values.extend(other.per_image[k][metric])

    def _score(self, k: int, images: Tensor, pictures: Tensor, learned: Mapping[str, LearnedMetric]) -> None:
        height, width = images.shape[-2:]
        shown = to_pictures(pictures)
        y = to_tensor(shown).to(images.device)
        flips = [
            metrics.flip(original, pixels).mean for original, pixels in zip(to_pictures(images), shown, strict=True)
        ]
        self._note(k, "l1", metrics.l1(images, y))
        self._note(k, "psnr_db", metrics.psnr_db(images, y))
        self._note(k, "ssim", metrics.ssim(images, y), metrics.ssim_reason(height, width))
        self._note(k, "ms_ssim", metrics.ms_ssim(images, y), metrics.ms_ssim_reason(height, width))
        self._note(k, "flip", torch.tensor(flips))
        for name, metric in learned.items():
            if metric.measure is not None:
                self._note(k, name, metric.measure(images, y), metric.measure.reason(height, width))
            else:
                self._note(k, name, torch.full((len(images),), math.nan))

    def _note(self, k: int, metric: str, values: Tensor, reason: str | None = None) -> None:
        self.per_image[k][metric] += values.double().tolist()
        if reason is not None:
            self.reasons[metric] = reason

    def evaluation(
        self, name: str, model: QuantizedAutoencoder, k: int, order: np.ndarray, missing: Mapping[str, str]
    ) -> Evaluation:
        """The result at k stages, its per-image scores brought into `order`."""
        per_image = {metric: tuple(np.array(values)[order].tolist()) for metric, values in self.per_image[k].items()}
        measured = {metric: np.array(values) for metric, values in per_image.items() if np.isfinite(values).all()}
        mean = {metric: float(measured[metric].mean()) if metric in measured else None for metric in METRICS}
        reasons = {
            metric: self.reasons.get(metric, missing.get(metric, "A score was not finite."))
            for metric, value in mean.items()
            if value is None and missing.get(metric) != ""
        }
        counters, rates, rate = self.counters[:k], self.rates[k], model.rate(model.stride, model.stride, k)
        if any(counter.by_channel for counter in counters):
            reasons["perplexity"] = reasons["usage"] = (
                f"Not measured: {self.tokens} tokens are too few to see how a codebook of more than {COUNTED_CODES} "
                "codes is used. Its entropy is the sum over the channels, an upper bound."
            )
        entropies = tuple(_known(counter.entropy_bits()) for counter in counters)
        seen = [entropy for entropy in entropies if entropy is not None]
        counted = bool(rate) and len(seen) == len(entropies)
        return Evaluation(
            ModelScores(
                name,
                self.images,
                k,
                **mean,
                bits_per_token=rate.bits_per_token if rate else None,
                bpp_nominal=rates.nominal_bits / self.pixels if rate else None,
                bpp_entropy=(sum(seen) * self.tokens + 8 * rates.side_bytes) / self.pixels if counted else None,
                side_bytes_per_image=rates.side_bytes / self.images,
                perplexity=tuple(counter.perplexity() for counter in counters),
                usage=tuple(counter.usage() for counter in counters),
                entropy_bits=entropies,
                residual_rms=tuple(map(_known, self.rms[: k + 1] / self.images)) if counters else (),
                signal_to_step=tuple(map(_known, self.signal_to_step[: len(counters)] / self.images)),
                intervals={metric: _bounds(values) for metric, values in measured.items() if len(values) > 1},
                not_measured=reasons,
            ),
            per_image,
        )


@dataclass
class _RateSums:
    """Bits of the images seen so far, at one number of stages."""

    side_bytes: float = 0.0
    nominal_bits: float = 0.0


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _sum(values: Tensor) -> float:
    return float(values.double().sum())


def _bounds(values: np.ndarray) -> tuple[float, float]:
    interval = mean_interval(values)
    return interval.low, interval.high


def gallery_psnr_db(model: QuantizedAutoencoder, examples: Sequence[Example] = EXAMPLES) -> dict[str, float]:
    """PSNR on the pictures that the package ships, longer side 256: a score that anybody can check without data."""
    scores = {}
    for example in examples:
        pixels = fit_within(load_example(example.name), 256)
        picture = to_pixels(model.reconstruct(to_tensor(pixels)))
        scores[example.name] = round(float(metrics.psnr_db(to_tensor(pixels), to_tensor(picture))), 3)
    return scores


def float_index_errors(models: Mapping[str, QuantizedAutoencoder]) -> dict[str, dict[str, float]]:
    """Share of wrong indices on the gallery pictures if they were computed in floating point, as released code does.

    Arithmetic -> model -> share, for the single-stage FSQ models among `models`.
    """
    shares: dict[str, dict[str, float]] = {"float32": {}, "bfloat16": {}}
    for name, model in models.items():
        if isinstance(model.quantizer, FSQ):
            pictures = [to_tensor(fit_within(load_example(example.name), 256)) for example in EXAMPLES]
            indices = [model.quantize(model.encode(picture)).indices[0].flatten() for picture in pictures]
            together = torch.cat(indices).view(1, 1, -1)
            for dtype in (torch.float32, torch.bfloat16):
                share = wrong_float_indices(model.quantizer, together, dtype)
                shares[str(dtype).removeprefix("torch.")][name] = round(share, 5)
    return shares


def folder_digest(files: Sequence[Path]) -> str:
    """SHA-256 over the names and contents of the files, to say which pictures a score belongs to."""
    digest = hashlib.sha256()
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(os.fsencode(file.name) + f"\0{content}\n".encode())
    return digest.hexdigest()


def as_record(scores: ModelScores) -> dict[str, Any]:
    """Plain JSON values."""
    record = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(scores).items()}
    for metric in OPTIONAL:
        if record[metric] is None and metric not in scores.not_measured:
            del record[metric]
    return record | {"intervals": {metric: list(bounds) for metric, bounds in scores.intervals.items()}}

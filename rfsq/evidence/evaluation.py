"""Scores of a model over a folder of images, streaming: memory does not grow with the number of images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from rfsq.evidence.image_folder import EvaluationError, image_batches
from rfsq.evidence.model_scores import METRICS, Evaluation, ModelScores
from rfsq.machine.processes import SINGLE_PROCESS, ProcessGroup
from rfsq.metrics import image as metrics
from rfsq.metrics.intervals import mean_interval
from rfsq.metrics.learned import NOT_ASKED, LearnedMetric
from rfsq.metrics.lpips import Lpips
from rfsq.metrics.st_lpips import StLpips
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import token_count
from rfsq.photos.pixels import to_pictures, to_tensor
from rfsq.quantizers.stages import StageTrace
from rfsq.quantizers.statistics import COUNTED_CODES, StageCounter, rms_left, signal_to_step
from rfsq.quantizers.usage import PER_CODE
from rfsq.style.names import printable
from rfsq.style.wording import listed


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
            _notes(counters, self.tokens),
        )


@dataclass
class _RateSums:
    """Bits of the images seen so far, at one number of stages."""

    side_bytes: float = 0.0
    nominal_bits: float = 0.0


def _notes(counters: Sequence[StageCounter], tokens: int) -> dict[str, str]:
    """What to know of codes that were counted in too few tokens."""
    short = sorted({one.codes for one in counters if not one.by_channel and tokens < PER_CODE * one.codes})
    if not short:
        return {}
    few = f"{tokens} tokens are fewer than {PER_CODE} for each of {listed(list(map(str, short)))} codes, so"
    return {
        "bpp_entropy": f"Too low: {few} the true entropy is higher, as are perplexity and entropy_bits.",
        "usage": f"Too low: {few} more codes may be in use than are seen.",
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _sum(values: Tensor) -> float:
    return float(values.double().sum())


def _bounds(values: np.ndarray) -> tuple[float, float]:
    interval = mean_interval(values)
    return interval.low, interval.high

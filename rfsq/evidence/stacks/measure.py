"""Fitting and measuring the grid of stacks: each network encodes the photos once, each stack decodes what it makes of them.

What a grid already holds of the same photos, weights and way of fitting is kept, so that a run that was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor
from tqdm import tqdm

from rfsq.evidence.image_folder import EvaluationError, folder_digest
from rfsq.evidence.stacks.grid import (
    CLOSE_NETWORK,
    CloseScores,
    StackGrid,
    StackScore,
    close_specs,
    grid_specs,
    is_close,
)
from rfsq.machine.devices import describe_device
from rfsq.metrics import image as metrics
from rfsq.metrics.intervals import mean_interval, paired_difference
from rfsq.metrics.st_lpips import StLpips
from rfsq.model.checkpoint import load_checkpoint, read_info, zoo_checkpoint
from rfsq.model.fitted import FIT_VERSION, fit_stack_to
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.stack import StackSpec
from rfsq.model.zoo import ZOO, zoo_config
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.photos.read import read_image
from rfsq.quantizers.usage import CodeHistogram

_BATCH = 50  # photos decoded at a time


@dataclass(frozen=True)
class GridPhotos:
    """The photos that all stacks see."""

    originals: Tensor  # (P, 3, H, W) in −1 … 1
    folder: str
    folder_sha256: str

    @classmethod
    def read(cls, files: Sequence[Path]) -> GridPhotos:
        """Raises EvaluationError for none, or for photos of different sizes."""
        images = [to_tensor(read_image(file)) for file in files]
        if not images or len({image.shape for image in images}) > 1:
            raise EvaluationError("The grid of stacks needs photos, all of one size.")
        return cls(torch.cat(images), files[0].parent.name, folder_digest(files))


@dataclass(frozen=True)
class StackMetrics:
    """With what stacks are measured besides PSNR."""

    st_lpips: StLpips | None = None
    everywhere: bool = False  # ST-LPIPS of every stack; else of those that are looked at closely


def measure_grid(
    photos: GridPhotos,
    networks: Sequence[str],
    *,
    command: str,
    device: torch.device,
    learned: StackMetrics = StackMetrics(),
    workers: int = 1,
    known: StackGrid | None = None,
    keep: Callable[[StackGrid], None] = lambda grid: None,
) -> StackGrid:
    """Fit and measure every stack of the grid around these networks that `known` does not hold.

    workers: processes that fit beside each other. keep: called with what there is after each stack. Of `known`, rows of
    other photos, weights or another way of fitting are dropped.
    """
    grid = replace(_still_true(known, photos), command=command, device=describe_device(device))
    for network in networks:
        grid = _measure_network(grid, network, photos, device, learned, workers, keep)
    return grid


def _still_true(known: StackGrid | None, photos: GridPhotos) -> StackGrid:
    """What `known` says of these photos, of the weights that are here and of this way of fitting."""
    empty = StackGrid("", photos.folder, photos.folder_sha256, len(photos.originals), FIT_VERSION, {}, {}, (), {})
    if known is None or (known.folder_sha256, known.fit_version) != (photos.folder_sha256, FIT_VERSION):
        return empty
    weights = {
        name: known_sha
        for name, known_sha in known.weights.items()
        if zoo_checkpoint(name).is_file() and read_info(zoo_checkpoint(name)).weights_sha256 == known_sha
    }
    return replace(
        empty,
        weights=weights,
        ceilings={name: values for name, values in known.ceilings.items() if name in weights},
        scores=tuple(score for score in known.scores if score.network in weights),
        close=known.close if CLOSE_NETWORK in weights else {},
    )


def _measure_network(
    grid: StackGrid,
    network: str,
    photos: GridPhotos,
    device: torch.device,
    learned: StackMetrics,
    workers: int,
    keep: Callable[[StackGrid], None],
) -> StackGrid:
    specs = _missing(grid, network, learned)
    known_ceiling, known_distance = grid.ceilings.get(network, (None, None))
    if not specs and known_ceiling is not None and not (known_distance is None and learned.st_lpips):
        return grid
    checkpoint = load_checkpoint(zoo_checkpoint(network))
    model = checkpoint.model.to(device)
    with torch.inference_mode():
        latents = torch.cat([model.encode(part.to(device)) for part in photos.originals.split(_BATCH)])
        psnr, distance = _score(model, latents, photos.originals, learned.st_lpips)
    grid = replace(
        grid,
        weights={**grid.weights, network: checkpoint.info.weights_sha256},
        ceilings={**grid.ceilings, network: (_mean(psnr), known_distance if distance is None else _mean(distance))},
    )
    plain: dict[str, Tensor] = {}  # PSNR of each photo without conditioning
    for spec, fitted in tqdm(_fit_all(network, specs, workers), total=len(specs), desc=network, unit="stack"):
        st_lpips = learned.st_lpips if learned.everywhere or is_close(network, spec) else None
        score, psnr, after = _measure(network, spec, fitted.to(device), latents, photos.originals, st_lpips)
        if spec.conditioning == "none":
            plain[spec.text] = psnr
        elif (text := replace(spec, conditioning="none").text) in plain:
            found = paired_difference(psnr.tolist(), plain[text].tolist())
            score = replace(score, versus_none_db=(found.mean, found.low, found.high))
        grid = _with_row(grid, score, CloseScores(tuple(psnr.tolist()), after) if after else None)
        keep(grid)
    return grid


def _missing(grid: StackGrid, network: str, learned: StackMetrics) -> list[StackSpec]:
    """What is to be measured; where a conditioned stack is, the one without conditioning too, to compare with."""
    rows = {score.stack: score for score in grid.scores if score.network == network}

    def is_known(spec: StackSpec) -> bool:
        row = rows.get(spec.text)
        wants = learned.st_lpips is not None and (learned.everywhere or is_close(network, spec))
        return (
            row is not None
            and not (wants and row.st_lpips is None)
            and not (is_close(network, spec) and spec.text not in grid.close)
        )

    specs = grid_specs(network)
    missing = {spec for spec in specs if not is_known(spec)}
    missing |= {replace(spec, conditioning="none") for spec in missing} & set(specs)
    return [spec for spec in specs if spec in missing]


def _with_row(grid: StackGrid, score: StackScore, more: CloseScores | None) -> StackGrid:
    """The grid with a row added or replaced, in the order of the zoo and of the grid."""
    rows = {(row.network, row.stack): row for row in (*grid.scores, score)}
    order = [(name, spec.text) for name in ZOO if name in grid.weights for spec in grid_specs(name)]
    close = dict(grid.close) if more is None else {**grid.close, score.stack: more}
    return replace(
        grid,
        scores=tuple(rows[key] for key in order if key in rows),
        close={spec.text: close[spec.text] for spec in close_specs() if spec.text in close},
    )


def _fit_all(
    network: str, specs: Collection[StackSpec], workers: int
) -> Iterator[tuple[StackSpec, QuantizedAutoencoder]]:
    if workers == 1:
        for spec in specs:
            yield spec, fit_stack_to(network, spec).model
        return
    config = zoo_config(network)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        for spec, state in zip(specs, pool.map(_fitted_state, [network] * len(specs), specs), strict=True):
            model = QuantizedAutoencoder(spec.config(config))
            model.load_state_dict(load(state))
            yield spec, model.eval().requires_grad_(False)


def _one_thread() -> None:
    torch.set_num_threads(1)


def _fitted_state(network: str, spec: StackSpec) -> bytes:
    state = fit_stack_to(network, spec).model.state_dict()
    return save({name: tensor.contiguous() for name, tensor in state.items()})


@torch.inference_mode()
def _measure(
    network: str,
    spec: StackSpec,
    model: QuantizedAutoencoder,
    latents: Tensor,
    originals: Tensor,
    st_lpips: StLpips | None,
) -> tuple[StackScore, Tensor, tuple[float, ...]]:
    """The score, the PSNR of each photo, and for a stack that is looked at closely the mean PSNR after each stage.

    latents: as the network gives them, before standardising.
    """
    quantizer = model.quantizer
    assert quantizer is not None and model.latent_mean is not None and model.latent_std is not None
    mean, std = (values.view(1, -1, 1, 1) for values in (model.latent_mean, model.latent_std))
    countable = quantizer.codebook_size <= 2**16
    histograms = [CodeHistogram() for _ in range(quantizer.num_stages)]
    sums: list[list[Tensor]] = []  # of each part of the photos, after each stage
    for part in latents.split(_BATCH):
        output = quantizer((part - mean) / std)
        sums.append([stage.quantized for stage in output.stages])
        if countable:
            for histogram, indices in zip(histograms, output.indices.unbind(dim=1), strict=True):
                histogram.update(indices)
    psnr, distance = _score(model, torch.cat([part[-1] for part in sums]), originals, st_lpips)
    after: tuple[float, ...] = ()
    if is_close(network, spec):
        totals = (torch.cat([part[k] for part in sums]) for k in range(quantizer.num_stages - 1))
        after = (*(_mean(_score(model, total, originals, None)[0]) for total in totals), _mean(psnr))
    rate = model.rate(*originals.shape[-2:])
    assert rate is not None
    side_bpp = 8 * rate.side_bytes / rate.pixels
    entropy = sum(h.entropy_bits() for h in histograms) * rate.tokens / rate.pixels + side_bpp if countable else None
    interval = mean_interval(psnr.tolist())
    return (
        StackScore(
            network,
            spec.text,
            rate.bits_per_token,
            rate.bpp,
            entropy,
            _mean(psnr),
            (interval.low, interval.high),
            None if distance is None else _mean(distance),
            None,
        ),
        psnr,
        after,
    )


def _score(
    model: QuantizedAutoencoder, sums: Tensor, originals: Tensor, st_lpips: StLpips | None
) -> tuple[Tensor, Tensor | None]:
    """PSNR and ST-LPIPS of each photo, from the 8-bit pictures."""
    height, width = originals.shape[-2:]
    psnr, distance = [], []
    for total, images in zip(sums.split(_BATCH), originals.split(_BATCH), strict=True):
        pixels = model.decode(total, height, width)
        shown = torch.cat([to_tensor(to_pixels(picture[None])) for picture in pixels]).to(pixels.device)
        images = images.to(shown.device)
        psnr.append(metrics.psnr_db(images, shown).cpu())
        if st_lpips is not None:
            distance.append(st_lpips(images, shown).cpu())
    return torch.cat(psnr), torch.cat(distance) if distance else None


def _mean(values: Tensor) -> float:
    return float(values.mean())

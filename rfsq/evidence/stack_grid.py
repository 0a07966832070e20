"""Stacks of many kinds around the same networks, on the test photos: `checkpoints/stacks.json`.

Each network encodes the photos once; each stack is fitted to its calibration and decodes what it makes of them. So
nothing but the stack differs between two rows of one network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor
from tqdm import tqdm

from rfsq.evidence.evaluation import EvaluationError, folder_digest
from rfsq.evidence.results import ResultsError
from rfsq.machine.atomic import write_atomically
from rfsq.metrics import image as metrics
from rfsq.metrics.intervals import mean_interval, paired_difference
from rfsq.metrics.st_lpips import StLpips
from rfsq.model.checkpoint import checkpoint_folder, load_checkpoint, zoo_checkpoint
from rfsq.model.config import MAX_BITS
from rfsq.model.fitted import fit_stack_to
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.stack import StackSpec
from rfsq.model.zoo import zoo_config
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import read_image
from rfsq.quantizers import CONDITIONINGS
from rfsq.quantizers.usage import CodeHistogram

FORMAT = 1
LEVELS = (2, 3, 4, 8, 16)
STAGES = (1, 2, 3, 4, 5, 6, 7, 8)
VQ_STACKS = ((256, 1), (256, 2), (256, 4), (1024, 1), (1024, 2), (1024, 4))  # codes and stages
_BATCH = 50  # photos decoded at a time


@dataclass(frozen=True)
class StackScore:
    """One stack around one network: means over the photos, with 95 % intervals."""

    network: str
    stack: str  # as `StackSpec.text`
    bits_per_token: float
    bpp_nominal: float  # side information included
    bpp_entropy: float | None  # zeroth-order, of each stage; None where codebooks are too large to count
    psnr_db: float
    psnr_interval: tuple[float, float]
    st_lpips: float | None  # AlexNet
    versus_none_db: tuple[float, float, float] | None  # paired difference of PSNR to the same without conditioning


@dataclass(frozen=True)
class StackGrid:
    """A run over a folder of photos."""

    command: str
    folder: str
    folder_sha256: str
    images: int
    weights: Mapping[str, str]  # network -> SHA-256 of the weights that were measured
    ceilings: Mapping[str, tuple[float, float | None]]  # network -> PSNR and ST-LPIPS without any rounding
    scores: tuple[StackScore, ...]

    def find(self, network: str, stack: str) -> StackScore | None:
        return next((score for score in self.scores if (score.network, score.stack) == (network, stack)), None)


def grid_specs(network: str) -> list[StackSpec]:
    """All stacks of the grid that a network's channels allow: an index of a stage has 62 bits at most."""
    dim = zoo_config(network).dim
    specs = [
        StackSpec("fsq", (levels,), stages=stages, conditioning=conditioning)
        for levels in LEVELS
        for stages in STAGES
        for conditioning in CONDITIONINGS
        if dim * np.log2(levels) <= MAX_BITS
    ]
    specs += [StackSpec("lfq", stages=k, conditioning=name) for k in STAGES for name in ("none", "scale")]
    return specs + [StackSpec("vq", codes=codes, stages=stages) for codes, stages in VQ_STACKS]


def measure_grid(
    files: Sequence[Path],
    networks: Sequence[str],
    *,
    command: str,
    device: torch.device,
    st_lpips: StLpips | None = None,
    workers: int = 1,
) -> StackGrid:
    """Fit and measure every stack of the grid around these networks. `workers`: processes that fit beside each other.

    files: photos of one size. Raises EvaluationError for none, or for photos of different sizes.
    """
    images = [to_tensor(read_image(file)) for file in files]
    if not images or len({image.shape for image in images}) > 1:
        raise EvaluationError("The grid of stacks needs photos, all of one size.")
    originals = torch.cat(images)
    scores: list[StackScore] = []
    weights: dict[str, str] = {}
    ceilings: dict[str, tuple[float, float | None]] = {}
    for network in networks:
        checkpoint = load_checkpoint(zoo_checkpoint(network))
        weights[network] = checkpoint.info.weights_sha256
        model = checkpoint.model.to(device)
        with torch.inference_mode():
            latents = torch.cat([model.encode(part.to(device)) for part in originals.split(_BATCH)])
            psnr, distance = _score(model, [part for part in latents.split(_BATCH)], originals, st_lpips)
        ceilings[network] = (float(psnr.mean()), None if distance is None else float(distance.mean()))
        per_photo: dict[str, Tensor] = {}
        specs = grid_specs(network)
        for spec, fitted in tqdm(_fit_all(network, specs, workers), total=len(specs), desc=network, unit="stack"):
            score, psnr = _measure(network, spec, fitted.to(device), latents, originals, st_lpips)
            per_photo[spec.text] = psnr
            plain = per_photo.get(replace(spec, conditioning="none").text)
            if plain is not None and spec.conditioning != "none":
                found = paired_difference(psnr.tolist(), plain.tolist())
                score = replace(score, versus_none_db=(found.mean, found.low, found.high))
            scores.append(score)
    folder = files[0].parent.name
    return StackGrid(command, folder, folder_digest(files), len(files), weights, ceilings, tuple(scores))


def _fit_all(
    network: str, specs: Sequence[StackSpec], workers: int
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
) -> tuple[StackScore, Tensor]:
    """The score, and the PSNR of each photo. latents: as the network gives them, before standardising."""
    quantizer = model.quantizer
    assert quantizer is not None and model.latent_mean is not None and model.latent_std is not None
    mean, std = (values.view(1, -1, 1, 1) for values in (model.latent_mean, model.latent_std))
    countable = quantizer.codebook_size <= 2**16
    histograms = [CodeHistogram() for _ in range(quantizer.num_stages)]
    sums = []
    for part in latents.split(_BATCH):
        output = quantizer((part - mean) / std)
        sums.append(output.quantized)
        if countable:
            for histogram, indices in zip(histograms, output.indices.unbind(dim=1), strict=True):
                histogram.update(indices)
    psnr, distance = _score(model, sums, originals, st_lpips)
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
            float(psnr.mean()),
            (interval.low, interval.high),
            None if distance is None else float(distance.mean()),
            None,
        ),
        psnr,
    )


def _score(
    model: QuantizedAutoencoder, sums: Sequence[Tensor], originals: Tensor, st_lpips: StLpips | None
) -> tuple[Tensor, Tensor | None]:
    """PSNR and ST-LPIPS of each photo, from the 8-bit pictures."""
    height, width = originals.shape[-2:]
    psnr, distance = [], []
    for total, images in zip(sums, originals.split(_BATCH), strict=True):
        pixels = model.decode(total, height, width)
        shown = ((pixels + 1) * 127.5).round() / 127.5 - 1
        images = images.to(shown.device)
        psnr.append(metrics.psnr_db(images, shown).cpu())
        if st_lpips is not None:
            distance.append(st_lpips(images, shown).cpu())
    return torch.cat(psnr), torch.cat(distance) if distance else None


def grid_file() -> Path:
    """Where the grid is: beside the checkpoints."""
    return checkpoint_folder() / "stacks.json"


def write_grid(grid: StackGrid, path: Path) -> None:
    """Write as JSON, a line per stack, numbers rounded to what they can mean."""
    facts = {key: value for key, value in asdict(grid).items() if key != "scores"}
    head = json.dumps({"format": FORMAT, **_rounded(facts)}, ensure_ascii=False)[:-1]
    rows = ",\n".join(json.dumps(_rounded(asdict(score)), ensure_ascii=False) for score in grid.scores)
    write_atomically(path, f'{head}, "scores": [\n{rows}\n]}}\n'.encode())


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def load_grid() -> StackGrid | None:
    """The grid beside the checkpoints, None if there is none. Raises ResultsError if it is damaged."""
    path = grid_file()
    if not path.is_file():
        return None
    try:
        facts = json.loads(path.read_bytes())
        if facts.pop("format") != FORMAT:
            raise ResultsError(f"{path.name} has another format than this program's {FORMAT}.")
        scores = tuple(
            StackScore(**(row | {key: _pair(row[key]) for key in ("psnr_interval", "versus_none_db")}))
            for row in facts.pop("scores")
        )
        ceilings = {name: tuple(values) for name, values in facts.pop("ceilings").items()}
        return StackGrid(**facts, ceilings=ceilings, scores=scores)
    except ResultsError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ResultsError(f"{path.name} is damaged.") from error


def _pair(value: list[float] | None) -> tuple[float, ...] | None:
    return None if value is None else tuple(value)

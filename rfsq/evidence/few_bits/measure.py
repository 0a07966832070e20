"""Measuring networks of few bits: each as it was trained, and those without a quantizer with stacks fitted to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Final

import torch
from torch import Tensor
from tqdm import tqdm

from rfsq.evidence.few_bits.networks import (
    SLOW,
    FewBits,
    Scores,
    TrainedNetwork,
    equal_stack,
    is_longer_or_shorter,
    is_noisy,
    is_together,
    is_widest,
    rate_stacks,
    with_scores_of,
)
from rfsq.evidence.image_folder import folder_digest, image_batches
from rfsq.evidence.low_rates.models import RFSQ
from rfsq.evidence.records import rounded
from rfsq.machine.devices import describe_device
from rfsq.metrics import image as metrics
from rfsq.metrics.learned import BOTH_NETWORKS, LearnedMetric
from rfsq.model.checkpoint import checkpoints_in, load_checkpoint, read_info
from rfsq.model.fitted import FIT_VERSION, fit_stack_beside
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.stack import StackSpec
from rfsq.photos.pixels import to_pictures, to_tensor
from rfsq.style.names import printable

NOISE_STACKS: Final = tuple(
    StackSpec("fsq", (levels,), stages=stages, conditioning=conditioning)
    for levels, stages in ((4, 1), (2, 2))
    for conditioning in ("none", "scale")
)
STEPS_STACK: Final = RFSQ  # around networks that were trained for more and fewer steps
SLOW_PHOTOS: Final = 100  # about so many are measured by SLOW: last, and only quantizers and the stacks of as many bits
Row = StackSpec | int | None  # with a stack fitted to it, after its first stages, or as it was trained
Measure = Callable[[Tensor, Tensor], Tensor]  # (B, 3, H, W) twice, in −1 … 1 -> a score per photo


def measure_few_bits(
    known: FewBits | None,
    checkpoints: Path,
    files: Sequence[Path],
    device: torch.device,
    batch_size: int,
    learned: Mapping[str, LearnedMetric],
    keep: Callable[[FewBits], None],
) -> None:
    """Measure every checkpoint of a folder, and the stacks that it can be compared with, but for what `known` holds.

    Each is named by the folder that it lies in. `keep` is called with what there is after each step. Raises
    CheckpointError where there is none or a network lacks its calibration, ValueError for one without a recipe, two of one
    name, or other photos than those of `known`.
    """
    digest, folder = folder_digest(files), printable(files[0].parent.name)
    if known is not None and known.folder_sha256 != digest:
        raise ValueError("few bits were measured on other photos; move the file away to begin another")
    paths = _paths(checkpoints)
    networks = _networks(known, paths)
    command = f"python -m rfsq results --images {folder} --few-bits DIR"
    if SLOW in learned or (known is not None and known.command.endswith(BOTH_NETWORKS)):
        command = f"{command} {BOTH_NETWORKS}"
    few = FewBits(command, folder, digest, len(files), FIT_VERSION, networks)
    if known is not None and known.command != command:
        keep(few)
    for name, rms in _missing_latent_rms(few, paths, files, device, batch_size):
        few = replace(few, networks={**few.networks, name: replace(few.networks[name], latent_rms=rms)})
        keep(few)
    measures: dict[str, Measure] = {"psnr_db": metrics.psnr_db}
    measures |= {name: one.measure for name, one in learned.items() if one.measure is not None}
    for slow in (False, True):
        chosen = {name: measure for name, measure in measures.items() if (name == SLOW) == slow}
        for name, row in _rows({name: few.networks[name] for name in paths}, few.networks.values(), slow):
            have = _known(few.networks[name], row)
            missing = {metric: measure for metric, measure in chosen.items() if metric not in have}
            if not missing:
                continue
            step = max(1, len(files) // SLOW_PHOTOS) if slow else 1
            some = photo_scores(
                _model_of(row, paths[name]).to(device),
                files[::step],
                missing,
                device,
                batch_size,
                row if isinstance(row, int) else None,
                f"{name} {_words_of(row)}",
            )
            scores = {metric: _spread(values, step, len(files)) for metric, values in some.items()}
            key = row.text if isinstance(row, StackSpec) else row
            network = with_scores_of(few.networks[name], key, scores, describe_device(device))
            few = replace(few, networks={**few.networks, name: network})
            keep(few)


def _paths(folder: Path) -> dict[str, Path]:
    """The checkpoints in a folder by the names of their trainings. Raises ValueError for two of one name."""
    paths: dict[str, Path] = {}
    for path in checkpoints_in(folder):
        name = printable(path.parent.name)
        if name in paths:
            raise ValueError(f"two trainings are called {name}; a folder's name is the training's")
        paths[name] = path
    return paths


def _networks(known: FewBits | None, paths: Mapping[str, Path]) -> dict[str, TrainedNetwork]:
    """What is known of networks whose weights are still the same, fitted as stacks are today, and all others unmeasured."""
    networks: dict[str, TrainedNetwork] = {}
    if known is not None:
        same_way = known.fit_version == FIT_VERSION
        networks = {name: one if same_way else replace(one, fitted={}) for name, one in known.networks.items()}
    for name, path in paths.items():
        found = TrainedNetwork.of(read_info(path))
        if name not in networks or networks[name].weights_sha256 != found.weights_sha256:
            networks[name] = found
    return networks


def _missing_latent_rms(
    few: FewBits, paths: Mapping[str, Path], files: Sequence[Path], device: torch.device, batch_size: int
) -> Iterator[tuple[str, float]]:
    """The RMS of latents, by name, of the networks that were trained with noise or are compared with these, if not known."""
    with_and_without_noise = [one for pair in few.noise_pairs for one in pair]
    for name, path in paths.items():
        network = few.networks[name]
        if network in with_and_without_noise and network.latent_rms is None:
            model = load_checkpoint(path).model.to(device)
            yield name, latent_rms(model, files, device, batch_size, f"{name} latents")


def _model_of(row: Row, path: Path) -> QuantizedAutoencoder:
    return fit_stack_beside(path, row).model if isinstance(row, StackSpec) else load_checkpoint(path).model


def _words_of(row: Row) -> str:
    if isinstance(row, StackSpec):
        return row.text
    return "as trained" if row is None else f"after {row} of its stages"


def _spread(values: tuple[float, ...], step: int, images: int) -> tuple[float, ...]:
    """Scores of every n-th photo as scores of all, NaN between."""
    return tuple(values[place // step] if place % step == 0 else math.nan for place in range(images))


def _known(network: TrainedNetwork, row: Row) -> Scores:
    if isinstance(row, StackSpec):
        return network.fitted.get(row.text, {})
    return network.scores if row is None else network.cut.get(row, {})


def _rows(
    networks: Mapping[str, TrainedNetwork], others: Collection[TrainedNetwork], pairs_alone: bool
) -> Iterator[tuple[str, Row]]:
    """What is measured of networks by name; or only what was trained together with a quantizer, and the stacks that were fitted
    to be compared with it."""
    for name, network in networks.items():
        if network.config.quantized or not pairs_alone:
            yield name, None
        if network.recipe.stage_dropout:  # it was trained to do with its first stages alone
            yield from ((name, stages) for stages in range(1, network.config.num_stages))
        for spec in together_stacks(network, others) if pairs_alone else stacks_for(network, others):
            yield name, spec


def stacks_for(network: TrainedNetwork, others: Collection[TrainedNetwork]) -> list[StackSpec]:
    """What is fitted to a network: `together_stacks`, and what few channels, noise and steps are judged by."""
    narrow = [spec for one in others if is_widest(network, one, others) for spec in rate_stacks(one)]
    noise = NOISE_STACKS if any(is_noisy(network, one) or is_noisy(one, network) for one in others) else ()
    steps = (STEPS_STACK,) if sum(is_longer_or_shorter(network, one) for one in others) > 1 else ()
    return list(dict.fromkeys((*together_stacks(network, others), *narrow, *noise, *steps)))


def together_stacks(network: TrainedNetwork, others: Collection[TrainedNetwork]) -> list[StackSpec]:
    """The stacks that others of a network's shape and recipe were trained with, none with its best single gain, and those of
    as many bits as quantizers that others were trained with in fewer channels."""
    found = [StackSpec.parse(one.stack) for one in others if is_together(network, one) and one.stack]
    found += [replace(spec, conditioning="gain") for spec in found if spec.conditioning == "none"]
    narrower = [one for one in others if is_widest(network, one, others)]
    return found + [spec for one in narrower if (spec := equal_stack(one.config)) is not None]


@torch.inference_mode()
def latent_rms(
    model: QuantizedAutoencoder, files: Sequence[Path], device: torch.device, batch_size: int, words: str
) -> float:
    """Root of the mean square of the photos' latents, each photo weighing the same. Raises EvaluationError."""
    squares: list[float] = []
    with tqdm(total=len(files), desc=words, unit="image", dynamic_ncols=True) as bar:
        for batch in image_batches(files, batch_size):
            squares += model.encode(batch.to(device)).double().square().mean(dim=(1, 2, 3)).tolist()
            bar.update(len(batch))
    return round(math.sqrt(fmean(squares)), 4)


@torch.inference_mode()
def photo_scores(
    model: QuantizedAutoencoder,
    files: Sequence[Path],
    measures: Mapping[str, Measure],
    device: torch.device,
    batch_size: int,
    stages: int | None,
    words: str,
) -> Scores:
    """A score per photo by each measure, from the 8-bit pictures, with the first stages or all. Raises EvaluationError."""
    scores: dict[str, list[float]] = {name: [] for name in measures}
    with tqdm(total=len(files), desc=words, unit="image", dynamic_ncols=True) as bar:
        for batch in image_batches(files, batch_size):
            images = batch.to(device)
            shown = to_tensor(to_pictures(model.reconstruct(images, stages))).to(device)
            for name, measure in measures.items():
                scores[name] += measure(images, shown).double().tolist()
            bar.update(len(batch))
    return {name: tuple(rounded(name, value) for value in values) for name, values in scores.items()}

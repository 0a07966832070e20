"""Networks trained with other perceptual terms than the zoo's: `checkpoints/perceptual-search.json`.

`python -m rfsq results --images DIR --search DIR` measures the checkpoints of a folder, which need not be the zoo's. What is
kept is one score per photo; means, intervals and differences are computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch

from rfsq.evidence.evaluation import evaluate
from rfsq.evidence.image_folder import folder_digest
from rfsq.evidence.records import read_per_image, rounded_per_image
from rfsq.evidence.results import known_difference
from rfsq.evidence.stored import ResultsError, load_stored, write_stored
from rfsq.machine.devices import describe_device
from rfsq.metrics.intervals import Interval, mean_interval
from rfsq.metrics.learned import learned_metrics
from rfsq.metrics.spectrum import Excess, band_energy, excess
from rfsq.model.checkpoint import checkpoint_folder, checkpoints_in, load_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_pictures, to_tensor
from rfsq.photos.read import read_image
from rfsq.style.names import printable
from rfsq.training.config import TrainConfig

FORMAT: Final = 1
METRICS: Final = ("psnr_db", "ssim", "flip", "st_lpips", "st_lpips_vgg")


@dataclass(frozen=True)
class SearchRun:
    """One training, and what was measured of it."""

    network: str  # the name in its config; runs of one network differ in their recipes alone
    recipe: TrainConfig
    steps: int
    seconds: float  # of training
    trained_on: str  # device
    weights_sha256: str
    measured_on: str  # device
    per_image: Mapping[str, tuple[float, ...]]  # metric -> one score per photo
    excess: Mapping[int, Excess]  # number of photos -> where the reconstructions have more than the originals

    @property
    def words(self) -> str:
        """The perceptual term: "AlexNet × 0.3", "VGG × 0.1", "AlexNet × 0.1, noise"."""
        net = {"alex": "AlexNet", "vgg": "VGG"}[self.recipe.st_lpips_net]
        term = f"{net} × {self.recipe.st_lpips_weight:g}" if self.recipe.st_lpips_weight else "L1 alone"
        return f"{term}, noise" if self.recipe.latent_noise else term

    def interval(self, metric: str) -> Interval:
        """Mean over the photos with its 95 % interval. Raises ResultsError if it was not measured."""
        return mean_interval(self._scores(metric))

    def minus(self, other: SearchRun, metric: str) -> Interval:
        """Mean of this − the other, paired, with its 95 % interval. Raises ResultsError if one was not measured."""
        return known_difference(self._scores(metric), other._scores(metric))

    def _scores(self, metric: str) -> tuple[float, ...]:
        if metric not in self.per_image:
            raise ResultsError(f"{self.words} was not measured by {metric}.")
        return self.per_image[metric]


@dataclass(frozen=True)
class LossSearch:
    """Trainings that differ in their perceptual term, measured on the same photos."""

    command: str
    folder: str
    folder_sha256: str
    images: int
    runs: Mapping[str, SearchRun]  # by name

    def of_network(self, network: str) -> list[SearchRun]:
        """From the smallest weight to the largest, AlexNet first, noise last."""
        found = [run for run in self.runs.values() if run.network == network]
        return sorted(found, key=lambda run: (run.recipe.latent_noise, run.recipe.st_lpips_net, _weight(run)))

    def run(self, network: str, weight: float, net: str = "alex", *, noise: float = 0.0) -> SearchRun:
        """Raises LookupError if there is none."""
        for run in self.of_network(network):
            recipe = run.recipe
            if (recipe.st_lpips_net, recipe.st_lpips_weight, recipe.latent_noise) == (net, weight, noise):
                return run
        raise LookupError(f"There is no training of {network} with {net} at weight {weight:g}.")


def _weight(run: SearchRun) -> float:
    return run.recipe.st_lpips_weight


def search_file() -> Path:
    """Where the search is: beside the checkpoints."""
    return checkpoint_folder() / "perceptual-search.json"


def search_command(folder: str) -> str:
    """The command that measures trainings on the photos of a folder."""
    return f"python -m rfsq results --images {folder} --search DIR"


def measure_search(
    known: LossSearch | None, checkpoints: Path, files: Sequence[Path], device: torch.device, batch_size: int
) -> LossSearch:
    """Measure every checkpoint in a folder that `known` does not hold, and add it by the name of the folder it lies in.

    Raises CheckpointError where there is none, ValueError for one without a recipe, two of one name, or other photos than
    those of `known`.
    """
    digest, folder = folder_digest(files), printable(files[0].parent.name)
    if known is not None and known.folder_sha256 != digest:
        raise ValueError("the search was measured on other photos; move its file away to begin another")
    search = known or LossSearch(search_command(folder), folder, digest, len(files), {})
    for path in checkpoints_in(checkpoints):
        checkpoint, name = load_checkpoint(path), printable(path.parent.name)
        weights = checkpoint.info.weights_sha256
        if weights in {run.weights_sha256 for run in search.runs.values()}:
            continue
        if name in search.runs:
            raise ValueError(f"two trainings are called {name}; a folder's name is the training's")
        facts = checkpoint.info.training
        if not isinstance(facts.get("recipe"), Mapping):
            raise ValueError(f"{printable(path)} does not say how it was trained")
        model = checkpoint.model.to(device)
        evaluation = evaluate(
            name,
            model,
            files,
            device=device,
            batch_size=batch_size,
            learned={key: one for key, one in learned_metrics(device, "squeeze", "both").items() if key in METRICS},
            progress_bar=True,
        )[-1]
        run = SearchRun(
            checkpoint.info.config.name,
            TrainConfig.from_json(facts["recipe"]),
            int(facts.get("steps", 0)),
            float(facts.get("seconds", 0.0)),
            str(facts.get("device", "unknown device")),
            weights,
            describe_device(device),
            {key: values for key, values in rounded_per_image(evaluation).items() if key in METRICS},
            {len(files): added_energy(model, files, device)},
        )
        search = replace(search, runs={**search.runs, name: run})
    return search


def added_energy(model: QuantizedAutoencoder, files: Sequence[Path], device: torch.device) -> Excess:
    """Where a model's reconstructions have more than the photos, over all of them."""
    before = after = torch.zeros(())
    with torch.inference_mode():
        for file in files:
            original = to_tensor(read_image(file))
            shown = to_tensor(to_pictures(model.reconstruct(original.to(device))))
            before, after = before + band_energy(original), after + band_energy(shown)
    return excess(before, after)


def write_search(search: LossSearch, path: Path) -> None:
    """Write the file atomically, a line per list of scores."""
    runs = {name: asdict(run) | {"recipe": run.recipe.to_json()} for name, run in search.runs.items()}
    write_stored(path, vars(search) | {"runs": runs}, format=FORMAT)


def load_search() -> LossSearch | None:
    """The search beside the checkpoints, None if there is none. Raises ResultsError if it is damaged."""
    return load_stored(search_file(), _search, format=FORMAT)


def _search(record: Mapping[str, Any]) -> LossSearch:
    images = int(record["images"])
    runs = {str(name): _run(values, images) for name, values in record["runs"].items()}
    return LossSearch(str(record["command"]), str(record["folder"]), str(record["folder_sha256"]), images, runs)


def _run(record: Mapping[str, Any], images: int) -> SearchRun:
    per_image = read_per_image(record["per_image"], images)
    found = {int(photos): Excess(float(one["ratio"]), float(one["period"])) for photos, one in record["excess"].items()}
    return SearchRun(
        str(record["network"]),
        TrainConfig.from_json(record["recipe"]),
        int(record["steps"]),
        float(record["seconds"]),
        str(record["trained_on"]),
        str(record["weights_sha256"]),
        str(record["measured_on"]),
        per_image,
        found,
    )

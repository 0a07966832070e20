"""Networks of few bits that are not in the zoo, measured with what they were trained with and with stacks fitted afterwards:
`checkpoints/few-bits.json`.

`python -m rfsq results --images DIR --few-bits DIR` measures the checkpoints of a folder. What is kept is a score per photo;
which of them can be compared follows from their configs and recipes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rfsq.evidence.records import read_per_image
from rfsq.evidence.results import known_difference
from rfsq.evidence.stored import load_stored, write_stored
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import CheckpointInfo, checkpoint_folder
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.quantizers import CONDITIONINGS
from rfsq.training.config import TrainConfig

FORMAT: Final = 2  # 1 was not written by a command
_ORDER: Final = ("none", "gain", *(name for name in CONDITIONINGS if name not in ("none", "gain")))  # of rows
Scores = Mapping[str, tuple[float, ...]]  # metric -> a score per photo


@dataclass(frozen=True)
class TrainedNetwork:
    """A checkpoint, and what was measured of it."""

    config: ModelConfig
    recipe: TrainConfig
    steps: int
    trained_on: str  # device
    weights_sha256: str
    measured_on: str = ""  # device
    scores: Scores = field(default_factory=dict)  # as it was trained: with its stack, or without any rounding
    fitted: Mapping[str, Scores] = field(default_factory=dict)  # stack around it, fitted afterwards -> its scores

    @classmethod
    def of(cls, info: CheckpointInfo) -> TrainedNetwork:
        """With nothing measured. Raises ValueError where the checkpoint does not say how it was trained."""
        facts = info.training
        if not isinstance(facts.get("recipe"), Mapping):
            raise ValueError("it does not say how it was trained")
        recipe, device = TrainConfig.from_json(facts["recipe"]), str(facts.get("device", "unknown device"))
        return cls(info.config, recipe, int(facts.get("steps", 0)), device, info.weights_sha256)

    @property
    def stack(self) -> str | None:
        """The stack that it was trained with; None without one, or with one that cannot be fitted to a network."""
        config = self.config
        if config.kind not in ("fsq", "vq", "lfq") or config.stage_levels:
            return None
        codes = config.codebook_size if config.kind == "vq" else 0
        return StackSpec(config.kind, config.levels, codes, config.num_stages, config.conditioning or "none").text

    def differs_in(self, other: TrainedNetwork) -> set[str]:
        """In what two trainings of one kind of network differ: fields of the recipe, "steps", or "network"."""
        mine, theirs = self.recipe.to_json(), other.recipe.to_json()
        found = {key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)}
        if _shape(self.config) != _shape(other.config):
            found.add("network")
        return found | ({"steps"} if self.steps != other.steps else set())


def _shape(config: ModelConfig) -> tuple[object, ...]:
    return config.network, config.stride, config.hidden, config.dim


@dataclass(frozen=True)
class FewBits:
    """A run over a folder of photos."""

    command: str
    folder: str
    folder_sha256: str
    images: int
    fit_version: int  # of the way of fitting
    networks: Mapping[str, TrainedNetwork]  # by the name of the folder that each lies in

    @cached_property
    def together(self) -> Mapping[str, tuple[Scores, Scores | None]]:
        """Stack -> fitted to a network, and trained together with one of the same shape and recipe; None: it was not."""
        trained = {stack: network.scores or None for _, stack, network in self._pairs()}
        bases = list({id(plain): plain for plain, _, _ in self._pairs()}.values())
        found = {
            stack: (scores, trained.get(stack))
            for base in bases
            for stack, scores in base.fitted.items()
            if stack in trained or StackSpec.parse(stack).conditioning == "gain"
        }
        return dict(sorted(found.items(), key=lambda row: _ORDER.index(StackSpec.parse(row[0]).conditioning)))

    @cached_property
    def noise(self) -> Mapping[str, tuple[Scores, Scores]]:
        """Stack -> fitted to a network trained without noise on the latents, and to one trained with it alike."""
        return {
            stack: (scores, noisy.fitted[stack])
            for plain in self._plain()
            for noisy in self.networks.values()
            if is_noisy(plain, noisy)
            for stack, scores in plain.fitted.items()
            if stack in noisy.fitted
        }

    @cached_property
    def by_steps(self) -> tuple[TrainedNetwork, ...]:
        """Trainings of one network that differ in their steps alone, from the shortest to the longest; none of fewer than 3."""
        for first in self._plain():
            found = [first, *(other for other in self._plain() if is_longer_or_shorter(first, other))]
            if len(found) > 2 and all(one.scores for one in found):
                return tuple(sorted(found, key=lambda one: one.steps))
        return ()

    def bought(self, stack: str, metric: str = "psnr_db") -> Interval | None:
        """Trained together − fitted afterwards, paired; None where it was only fitted, or not measured by this metric."""
        fitted, trained = self.together[stack]
        if trained is None or metric not in fitted or metric not in trained:
            return None
        return known_difference(trained[metric], fitted[metric])

    def helped(self, stack: str, metric: str = "psnr_db") -> Interval:
        """With noise − without, paired."""
        without, noisy = self.noise[stack]
        return known_difference(noisy[metric], without[metric])

    def _plain(self) -> list[TrainedNetwork]:
        """Networks without a quantizer, trained without noise."""
        return [one for one in self.networks.values() if not one.config.quantized and not one.recipe.latent_noise]

    def _pairs(self) -> Iterator[tuple[TrainedNetwork, str, TrainedNetwork]]:
        """A network without quantizer, a stack, and a network that was trained alike together with that stack."""
        for plain in self._plain():
            for other in self.networks.values():
                if is_together(plain, other):
                    assert other.stack is not None
                    yield plain, other.stack, other


def is_together(plain: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether `other` was trained as `plain`, but together with a stack that can be fitted to it."""
    return not plain.config.quantized and other.stack is not None and not plain.differs_in(other)


def is_noisy(plain: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether two networks without quantizer were trained alike but for noise on the latents, which `other` had."""
    without = not plain.recipe.latent_noise and not plain.config.quantized and not other.config.quantized
    return without and plain.differs_in(other) == {"latent_noise"}


def is_longer_or_shorter(one: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether two networks without quantizer were trained alike but for the steps (and the epochs that make them)."""
    plain = not one.config.quantized and not other.config.quantized
    return plain and one.differs_in(other) | {"epochs"} == {"epochs", "steps"}


def few_bits_file() -> Path:
    """Where it is: beside the checkpoints."""
    return checkpoint_folder() / "few-bits.json"


def write_few_bits(few: FewBits, path: Path) -> None:
    networks = {
        name: vars(one) | {"config": one.config.to_json(), "recipe": one.recipe.to_json()}
        for name, one in few.networks.items()
    }
    facts = {key: getattr(few, key) for key in ("command", "folder", "folder_sha256", "images", "fit_version")}
    write_stored(path, {**facts, "networks": networks}, format=FORMAT)


def load_few_bits() -> FewBits | None:
    """What is beside the checkpoints, None if nothing is. Raises ResultsError if it is damaged."""
    return load_stored(few_bits_file(), _few_bits, format=FORMAT)


def _few_bits(record: Mapping[str, Any]) -> FewBits:
    images = int(record["images"])
    networks = {str(name): _network(values, images) for name, values in record["networks"].items()}
    if not networks:
        raise ValueError("there are no networks")
    command, folder, digest = (str(record[key]) for key in ("command", "folder", "folder_sha256"))
    return FewBits(command, folder, digest, images, int(record["fit_version"]), networks)


def _network(record: Mapping[str, Any], images: int) -> TrainedNetwork:
    return TrainedNetwork(
        ModelConfig.from_json(record["config"]),
        TrainConfig.from_json(record["recipe"]),
        int(record["steps"]),
        str(record["trained_on"]),
        str(record["weights_sha256"]),
        str(record["measured_on"]),
        read_per_image(record["scores"], images),
        {StackSpec.parse(stack).text: read_per_image(found, images) for stack, found in record["fitted"].items()},
    )


def with_scores_of(network: TrainedNetwork, stack: str | None, scores: Scores, device: str) -> TrainedNetwork:
    """A network with more scores: as it was trained, or of a stack fitted to it."""
    if stack is None:
        return replace(network, scores={**network.scores, **scores}, measured_on=device)
    found = {**network.fitted.get(stack, {}), **scores}
    return replace(network, fitted={**network.fitted, stack: found}, measured_on=device)

"""Networks of few bits that are not in the zoo, measured with what they were trained with and with stacks fitted afterwards.
Which of them can be compared follows from their configs and recipes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from rfsq.evidence.low_rates.models import RFSQ, RVQ
from rfsq.evidence.results import known_difference
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import CheckpointInfo
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.quantizers import CONDITIONINGS
from rfsq.training.config import TrainConfig

_ORDER: Final = ("none", "gain", *(name for name in CONDITIONINGS if name not in ("none", "gain")))  # of rows
SLOW: Final = "st_lpips_vgg"  # takes many times as long as all else: the only score that some photos may lack
_MOST_CODES: Final = 1024  # of a stage that is fitted: calibrations have a few thousand latents
Scores = Mapping[str, tuple[float, ...]]  # metric -> a score per photo, NaN where it was not measured


@dataclass(frozen=True)
class TrainedNetwork:
    """A checkpoint, and what was measured of it."""

    config: ModelConfig
    recipe: TrainConfig
    steps: int
    trained_on: str  # device
    weights_sha256: str
    measured_on: str = ""  # device
    latent_rms: float | None = None  # of the photos' latents, before any rounding; None where nothing asks for it
    scores: Scores = field(default_factory=dict)  # as it was trained: with its stack, or without any rounding
    cut: Mapping[int, Scores] = field(default_factory=dict)  # after the first k stages alone
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
        """The stack that it was trained with, or one that rounds the same; None where neither can be fitted to a network."""
        config = self.config
        if config.stage_levels:
            return _ungrouped(config)
        if config.kind not in ("fsq", "vq", "lfq"):
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


@dataclass(frozen=True)
class Together:
    """Stacks fitted afterwards to networks without a quantizer, and what was trained alike together with the same stacks."""

    fitted: Mapping[str, Scores]  # by stack, in the order of all tables
    trained: Mapping[str, TrainedNetwork]  # of these; not all were, but one at least

    @property
    def first(self) -> TrainedNetwork:
        """Of those trained together: all have its recipe, but for stage dropout, its steps and its blocks."""
        return next(iter(self.trained.values()))

    def bought(self, stack: str, metric: str = "psnr_db") -> Interval | None:
        """Trained together − fitted afterwards, paired; None where it was only fitted, or not measured by this metric."""
        trained = self.trained.get(stack)
        return None if trained is None else paired(trained.scores, self.fitted[stack], metric)


@dataclass(frozen=True)
class FewTokens:
    """A network trained together with its quantizer, beside stacks fitted afterwards to a wider one that was trained alike."""

    trained: TrainedNetwork
    plain: TrainedNetwork
    equal: str  # the stack of as many bits
    stacks: tuple[str, ...]  # all that were measured, by their bits

    def bought(self, stack: str, metric: str = "psnr_db") -> Interval | None:
        """Trained together − a fitted stack, paired; None where it was not measured by this metric."""
        return paired(self.trained.scores, self.plain.fitted[stack], metric)


def _ungrouped(config: ModelConfig) -> str | None:
    """The stack without groups that gives every channel the same values; None where there is none.

    Stages that take turns with the channels round as fewer stages of all channels do, if the steps are fixed.
    """
    turns = {
        tuple(stage[channel] for stage in config.stage_levels if stage[channel] > 1) for channel in range(config.dim)
    }
    levels = {level for turn in turns for level in turn}
    if config.conditioning != "geometric" or len(turns) != 1 or len(levels) != 1:
        return None
    return StackSpec("fsq", tuple(levels), stages=len(turns.pop()), conditioning="geometric").text


def _shape(config: ModelConfig) -> tuple[object, ...]:
    return *_blocks(config), config.dim


def _blocks(config: ModelConfig) -> tuple[object, ...]:
    return config.network, config.stride, config.hidden


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
    def together(self) -> tuple[Together, ...]:
        """What training together can be judged by: one for each recipe and kind of network, that of the learned term first."""
        pairs: dict[tuple[object, ...], list[tuple[TrainedNetwork, TrainedNetwork]]] = {}
        for plain, trained in self._pairs():
            pairs.setdefault(_training(plain), []).append((plain, trained))
        found = [one for one in map(_together, pairs.values()) if one.trained]
        return tuple(sorted(found, key=lambda one: -one.first.recipe.st_lpips_weight))

    @cached_property
    def noise_pairs(self) -> tuple[tuple[TrainedNetwork, TrainedNetwork], ...]:
        """Networks trained without noise on the latents, each with one that was trained with it alike."""
        every = self.networks.values()
        return tuple((plain, noisy) for plain in self._plain() for noisy in every if is_noisy(plain, noisy))

    @cached_property
    def noise(self) -> Mapping[str, tuple[Scores, Scores]]:
        """Stack -> fitted to a network trained without noise on the latents, and to one trained with it alike."""
        return {
            stack: (scores, noisy.fitted[stack])
            for plain, noisy in self.noise_pairs
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

    @cached_property
    def few_tokens(self) -> tuple[FewTokens, ...]:
        """Networks trained together in fewer channels than any that was trained alike without a quantizer, each beside stacks
        around the widest of those, from the highest rate to the lowest."""
        found = []
        for plain in self._plain():
            for trained in self.networks.values():
                equal = equal_stack(trained.config) if is_widest(plain, trained, self._plain()) else None
                if equal is None or equal.text not in plain.fitted or not trained.scores:
                    continue
                specs = sorted(rate_stacks(trained), key=lambda spec: bits_of(spec.config(plain.config)))
                stacks = tuple(spec.text for spec in specs if spec.text in plain.fitted)
                found.append(FewTokens(trained, plain, equal.text, stacks))
        return tuple(sorted(found, key=lambda one: one.trained.config.stride))

    def helped(self, stack: str, metric: str = "psnr_db") -> Interval:
        """With noise − without, paired. Raises ValueError where it was not measured by this metric."""
        without, noisy = self.noise[stack]
        found = paired(noisy, without, metric)
        if found is None:
            raise ValueError(f"noise was not measured by {metric}")
        return found

    def _plain(self) -> list[TrainedNetwork]:
        """Networks without a quantizer, trained without noise."""
        return [one for one in self.networks.values() if not one.config.quantized and not one.recipe.latent_noise]

    def _pairs(self) -> Iterator[tuple[TrainedNetwork, TrainedNetwork]]:
        """A network without quantizer, and one that was trained alike together with a stack, and measured."""
        for plain in self._plain():
            for other in self.networks.values():
                if is_together(plain, other) and other.scores:
                    yield plain, other


def _training(network: TrainedNetwork) -> tuple[object, ...]:
    """What all that one `Together` holds have in common."""
    recipe = replace(network.recipe, stage_dropout=0.0)
    return recipe, network.steps, *_blocks(network.config)


def _together(pairs: Sequence[tuple[TrainedNetwork, TrainedNetwork]]) -> Together:
    """pairs: of one recipe and kind of network."""
    trained = {other.stack: other for _, other in pairs if other.stack is not None}
    fitted = {
        stack: scores
        for plain in {id(plain): plain for plain, _ in pairs}.values()
        for stack, scores in plain.fitted.items()
        if stack in trained or StackSpec.parse(stack).conditioning == "gain"
    }
    order = sorted(fitted, key=lambda stack: _ORDER.index(StackSpec.parse(stack).conditioning))
    return Together(
        {stack: fitted[stack] for stack in order}, {stack: trained[stack] for stack in order if stack in trained}
    )


def is_together(plain: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether `other` was trained as `plain`, but together with a stack that can be fitted to it.

    Stage dropout is part of that: without stages there is none.
    """
    return not plain.config.quantized and other.stack is not None and plain.differs_in(other) <= {"stage_dropout"}


def is_noisy(plain: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether two networks without quantizer were trained alike but for noise on the latents, which `other` had."""
    without = not plain.recipe.latent_noise and not plain.config.quantized and not other.config.quantized
    return without and plain.differs_in(other) == {"latent_noise"}


def is_longer_or_shorter(one: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether two networks without quantizer were trained alike but for the steps (and the epochs that make them)."""
    plain = not one.config.quantized and not other.config.quantized
    return plain and one.differs_in(other) | {"epochs"} == {"epochs", "steps"}


def is_wider(plain: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Whether `other` was trained as `plain`, but together with a quantizer and in fewer channels."""
    narrower = other.config.quantized and other.config.dim < plain.config.dim
    alike = plain.differs_in(other) == {"network"} and _blocks(plain.config) == _blocks(other.config)
    return not plain.config.quantized and narrower and alike


def is_widest(plain: TrainedNetwork, other: TrainedNetwork, among: Iterable[TrainedNetwork]) -> bool:
    """Whether `plain` has the most channels of all that `is_wider` holds for."""
    dim = plain.config.dim
    return is_wider(plain, other) and all(one.config.dim <= dim for one in among if is_wider(one, other))


def equal_stack(config: ModelConfig) -> StackSpec | None:
    """Residual VQ of two stages with as many bits per token as a quantizer; None where none can be fitted."""
    codes = round(2 ** (bits_of(config) / 2))
    return StackSpec("vq", codes=codes, stages=2) if codes <= _MOST_CODES and codes**2 == 2 ** bits_of(config) else None


def rate_stacks(trained: TrainedNetwork) -> tuple[StackSpec, ...]:
    """What a network trained with a narrow quantizer is judged by: a stack of as many bits, and the first stages of those that
    the zoo's networks for low rates have; empty where there is none of as many bits."""
    equal = equal_stack(trained.config)
    return () if equal is None else (replace(RVQ, stages=1), equal, replace(RFSQ, stages=1), replace(RVQ, stages=2))


def bits_of(config: ModelConfig) -> float:
    """Bits per token of a config with a quantizer, without side information."""
    quantizer = config.build_quantizer()
    assert quantizer is not None
    return quantizer.bits_per_token


def measured(scores: Scores, metric: str) -> list[int]:
    """Places of the photos that were measured by a metric."""
    return [place for place, score in enumerate(scores.get(metric, ())) if math.isfinite(score)]


def paired(scores: Scores, reference: Scores, metric: str) -> Interval | None:
    """Scores − reference over the photos that both were measured of; None for fewer than two."""
    places = sorted({*measured(scores, metric)} & {*measured(reference, metric)})
    if len(places) < 2:
        return None
    mine, theirs = (tuple(one[metric][place] for place in places) for one in (scores, reference))
    return known_difference(mine, theirs)


def with_scores_of(network: TrainedNetwork, stack: str | int | None, scores: Scores, device: str) -> TrainedNetwork:
    """A network with more scores: as it was trained (None), after its first stages, or of a stack fitted to it."""
    if isinstance(stack, int):
        found = {**network.cut.get(stack, {}), **scores}
        return replace(network, cut={**network.cut, stack: found}, measured_on=device)
    if stack is None:
        return replace(network, scores={**network.scores, **scores}, measured_on=device)
    found = {**network.fitted.get(stack, {}), **scores}
    return replace(network, fitted={**network.fitted, stack: found}, measured_on=device)

"""`python -m rfsq train --config NAME --data DIR_OR_SHARDS --out DIR`, or `train all` for the whole zoo.

On several GPUs or machines: `accelerate launch … -m rfsq train …` with the same arguments.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NoReturn, get_args, get_type_hints

import torch
from accelerate import PartialState

from rfsq.commands.output import print_table
from rfsq.commands.quantizer import add_quantizer
from rfsq.machine.devices import describe_device
from rfsq.machine.processes import ProcessError, ProcessGroup
from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.foreign import save_foreign_checkpoint
from rfsq.model.zoo import ZOO, recipe_of, zoo_config
from rfsq.style.names import printable
from rfsq.style.wording import format_number
from rfsq.training.config import TrainConfig
from rfsq.training.data import PhotoCache, PhotoSource
from rfsq.training.finished import data_name, is_finished
from rfsq.training.in_memory import DecodedPhotos, PhotosOnDevice
from rfsq.training.loop import TrainedModel, train
from rfsq.training.run import ForeignQuantizer
from rfsq.training.statistics import code_statistics

_FIELDS = [field.name for field in fields(TrainConfig)]
_HELP = {
    "epochs": "times that every photo is seen",
    "batch_size": "photos of a step, divided equally among all processes",
    "crop": "side of the random crops in pixels, a multiple of the model's stride: 4, of f8 models 8, of f16 models 16",
    "learning_rate": "at its peak",
    "warmup": "share of the steps in which the learning rate rises",
    "clip_norm": "gradients are scaled down to this norm",
    "ssim_weight": "weight of 1 − SSIM beside the L1 loss",
    "lpips_weight": "weight of LPIPS (VGG) beside the L1 loss, where its weights are",
    "flip": "mirror half of the photos",
    "seed": "of weights, crops and order",
    "stage_dropout": "share of the images that keep only some of their first stages",
    "precision": "of the arithmetic in a step",
    "st_lpips_weight": "weight of ST-LPIPS beside the L1 loss",
    "st_lpips_net": "network of ST-LPIPS in the loss",
    "latent_noise": "of models without a quantizer: the most noise on an image's latents, in deviations of their channels",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["all"], help="all: every model of the zoo, one after the other")
    parser.add_argument(
        "--config",
        metavar="NAME,…",
        help=f"models of the zoo, or JSON files with a `config` like those in checkpoints/; the zoo: {', '.join(ZOO)}",
    )
    parser.add_argument(
        "--data", required=True, metavar="DIR_OR_SHARDS", help="folder of photos or of .tar shards, or URLs"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for runs and finished checkpoints")
    add_quantizer(parser, fitted=False)
    parser.add_argument("--photos", type=int, metavar="N", help="photos per epoch (default: all there are)")
    parser.add_argument(
        "--save-every", type=int, default=200, metavar="STEPS", help="how often the state is saved (default: 200)"
    )
    parser.add_argument("--log-every", type=int, metavar="STEPS", help="rows of log.csv (default: 25)")
    parser.add_argument("--cpu", action="store_true", help="do not use a GPU")
    parser.add_argument(
        "--in-memory", action="store_true", help="decode all photos once, hold them on the device and crop them there"
    )
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="on a GPU, record the step as a CUDA graph where the model allows it (not VQ)",
    )
    recipe = parser.add_argument_group("recipe", "what is not given is as the zoo's recipe for the model has it")
    types = get_type_hints(TrainConfig)
    for field in fields(TrainConfig):
        recipe.add_argument(
            f"--{field.name.replace('_', '-')}",
            default=None,  # not given
            help=f"{_HELP[field.name]} ({_default_words(field.name, field.default)})",
            **_values(types[field.name]),
        )


def _values(kind: Any) -> dict[str, Any]:
    """What argparse has to know of an option whose values are of a type."""
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    if choices := get_args(kind):  # of a Literal
        return {"choices": choices}
    return {"type": kind, "metavar": "N" if kind is int else "X"}


def _default_words(name: str, default: object) -> str:
    """Which default a field of the recipe has, and in which models of the zoo it has another."""
    others: dict[float, list[str]] = {}
    for config in ZOO.values():
        if name in (values := recipe_of(config)):
            others.setdefault(values[name], []).append(config.name)
    listed = [f"{value:g} for {', '.join(names)}" for value, names in others.items()]
    words = ("yes" if default else "no") if isinstance(default, bool) else default
    return "; ".join([f"default: {words}", *listed])


def run(options: argparse.Namespace) -> None:
    if bool(options.what) == bool(options.config):
        raise ValueError("say either `train all` or `train --config NAME`")
    configs = [*ZOO.values()] if options.what else [_config(name.strip()) for name in options.config.split(",")]
    given = {name: value for name, value in vars(options).items() if name in _FIELDS and value is not None}
    recipes = [TrainConfig(**recipe_of(config) | given) for config in configs]
    if len(options.quantizer) > 1 or (options.quantizer and len(configs) > 1):
        raise ValueError("one network is trained with one quantizer: one --config, one --quantizer")
    if options.save_every < 1 or (options.photos is not None and options.photos < 1):
        raise ValueError("--save-every and --photos must be at least 1")
    with _said_when_terminated():
        state = PartialState(cpu=options.cpu)
        processes = ProcessGroup(state.process_index, state.num_processes)
        source = PhotoSource(options.data)
        cache = PhotosOnDevice(DecodedPhotos(source), state.device) if options.in_memory else PhotoCache()
        quantizer = ForeignQuantizer(options.quantizer[0]) if options.quantizer else None
        trainings = [
            _Training(_named_after(config, quantizer), recipe, source, options.out, options.photos, quantizer)
            for config, recipe in zip(configs, recipes, strict=True)
        ]
        for training in trainings:
            processes.from_main(training.is_finished)  # all of them first: another run's should not cost an hour
        for training in trainings:
            _train_one(training, cache, options, processes)


def _slug(name: str) -> str:
    """A quantizer's name as a part of a file's."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:60]


def _config(name: str) -> ModelConfig:
    """A model of the zoo, or the `config` of a JSON file such as a checkpoint's; raises ValueError."""
    if not name.endswith(".json"):
        return zoo_config(name)
    try:
        description = json.loads(Path(name).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not valid JSON") from error
    return ModelConfig.from_json(description.get("config") if isinstance(description, dict) else None)


@contextmanager
def _said_when_terminated() -> Iterator[None]:
    """End with one line on SIGTERM, which launchers send to the processes that outlive a lost one."""

    def end(*_: object) -> NoReturn:
        raise SystemExit(
            "\nrfsq train: stopped by SIGTERM, as happens when another process of the run is lost; "
            "the same command continues from the last saved state"
        )

    after = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except ProcessError:
        after = signal.SIG_IGN  # this process is ending and about to say why; nothing may come between
        print(file=sys.stderr)  # the lost process may have left half a line
        raise
    finally:
        signal.signal(signal.SIGTERM, after)


@dataclass(frozen=True)
class _Training:
    """One model to train."""

    config: ModelConfig
    recipe: TrainConfig
    source: PhotoSource
    out: Path
    photos: int | None  # of an epoch; None for all
    quantizer: ForeignQuantizer | None

    @property
    def target(self) -> Path:
        """The weights of its checkpoint."""
        return self.out / f"{self.config.name}.safetensors"

    def is_finished(self) -> bool:
        """Raises as `rfsq.training.finished.is_finished`."""
        return is_finished(self.target, self.config, self.recipe, self.source, self.photos, self.quantizer)


def _named_after(config: ModelConfig, quantizer: ForeignQuantizer | None) -> ModelConfig:
    """The config of a network with this quantizer from outside in it."""
    return config if quantizer is None else replace(config, name=f"{config.name}-{_slug(quantizer.reference.name)}")


def _train_one(training: _Training, cache: PhotoCache, options: argparse.Namespace, processes: ProcessGroup) -> None:
    config, target = training.config, training.target
    if processes.from_main(training.is_finished):  # other machines need not see the main process's files
        if processes.rank == 0:
            print(f"{printable(config.name)}: {printable(target)} is there already")
        return
    facts = train_and_save(
        config,
        training.recipe,
        training.source,
        cache,
        target,
        runs=training.out / "runs" / config.name,
        photos=training.photos,
        save_every=options.save_every,
        log_every=options.log_every,
        cpu=options.cpu,
        recorded=options.recorded,
        quantizer=training.quantizer,
    )
    if facts is None:
        return
    print_table(
        ["model", "steps", "minutes", "used share per stage", "file"],
        [
            [
                config.name,
                str(facts["steps"]),
                format_number(facts["seconds"] / 60, 1),
                " ".join(f"{share:.1%}" for share in facts["training_usage"]) or "–",
                str(target),
            ]
        ],
    )


def train_and_save(
    config: ModelConfig,
    recipe: TrainConfig,
    source: PhotoSource,
    cache: PhotoCache,
    target: Path,
    *,
    runs: Path,
    quantizer: ForeignQuantizer | None = None,
    **options: Any,
) -> dict[str, Any] | None:
    """Train one model (`options` as in `rfsq.training.loop.train`, whose files go to `runs`) and write its checkpoint.

    Returns what the checkpoint says of its training; None in a process that is not the main one. Raises as `train` and
    `save_checkpoint` do.
    """
    trained = train(config, recipe, source, runs, cache=cache, quantizer=quantizer, **options)
    if not trained.main_process:
        return None
    statistics = code_statistics(trained.model.to(trained.device), source, cache)
    facts = _facts(recipe, source, cache, trained) | statistics
    if quantizer is not None:
        save_foreign_checkpoint(trained.model.cpu(), target, quantizer.reference, training=facts)
    else:
        save_checkpoint(trained.model.cpu(), target, training=facts)
    return facts


def _facts(recipe: TrainConfig, source: PhotoSource, cache: PhotoCache, trained: TrainedModel) -> dict[str, Any]:
    return {
        "recipe": recipe.to_json(),
        "data": data_name(source),
        "photos_per_epoch": trained.photos_per_epoch,
        "unreadable_photos": cache.unreadable,
        "steps": trained.steps,
        "seconds": round(trained.seconds, 1),
        "device": describe_device(torch.device(trained.device)),
        "processes": trained.processes,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "torch": torch.__version__,
    }

"""`python -m rfsq train --config NAME --data DIR_OR_SHARDS --out DIR`, or `train all` for the whole zoo."""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from rfsq.checkpoint import save_checkpoint
from rfsq.commands.output import number, print_table
from rfsq.configs import ZOO, ModelConfig, TrainConfig, zoo_config
from rfsq.devices import describe_device
from rfsq.training.data import PhotoCache, PhotoSource
from rfsq.training.loop import TrainedModel, train
from rfsq.training.statistics import code_statistics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["all"], help="all: every model of the zoo, one after the other")
    parser.add_argument("--config", metavar="NAME,…", help=f"models of the zoo: {', '.join(ZOO)}")
    parser.add_argument("--data", required=True, metavar="DIR_OR_SHARDS", help="folder of photos or of .tar shards, or URLs")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for runs and finished checkpoints")
    parser.add_argument("--photos", type=int, help="photos per epoch (default: all there are)")
    parser.add_argument("--save-every", type=int, default=200, metavar="STEPS")
    parser.add_argument("--cpu", action="store_true", help="do not use a GPU")
    for field in fields(TrainConfig):
        kind = type(field.default)
        action: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if kind is bool else {"type": kind}
        parser.add_argument(f"--{field.name.replace('_', '-')}", default=field.default,
                            help=f"default {field.default}", **action)


def run(options: argparse.Namespace) -> None:
    if bool(options.what) == bool(options.config):
        raise ValueError("say either `train all` or `train --config NAME`")
    configs = [*ZOO.values()] if options.what else [zoo_config(name.strip()) for name in options.config.split(",")]
    recipe = TrainConfig(**{field.name: getattr(options, field.name) for field in fields(TrainConfig)})
    if options.save_every < 1 or (options.photos is not None and options.photos < 1):
        raise ValueError("--save-every and --photos must be at least 1")
    source, cache = PhotoSource(options.data), PhotoCache()
    for config in configs:
        _train_one(config, recipe, source, cache, options)


def _train_one(config: ModelConfig, recipe: TrainConfig, source: PhotoSource, cache: PhotoCache,
               options: argparse.Namespace) -> None:
    target = options.out / f"{config.name}.safetensors"
    if target.with_suffix(".json").exists():
        print(f"{config.name}: {target} is there already")
        return
    trained = train(config, recipe, source, options.out / "runs" / config.name, photos=options.photos, cache=cache,
                    save_every=options.save_every, cpu=options.cpu)
    if not trained.main_process:
        return
    statistics = code_statistics(trained.model, source, cache)
    save_checkpoint(trained.model, target, training=_facts(recipe, source, cache, trained) | statistics)
    print_table(["model", "steps", "minutes", "used share per stage", "file"],
                [[config.name, str(trained.steps), number(trained.seconds / 60, 1),
                  " ".join(f"{share:.1%}" for share in statistics["training_usage"]) or "–", str(target)]])


def _facts(recipe: TrainConfig, source: PhotoSource, cache: PhotoCache, trained: TrainedModel) -> dict[str, Any]:
    return {
        "recipe": recipe.to_json(), "data": Path(source.location).name, "photos_per_epoch": trained.photos_per_epoch,
        "unreadable_photos": cache.unreadable, "steps": trained.steps, "seconds": round(trained.seconds, 1),
        "device": describe_device(torch.device(trained.device)), "processes": trained.processes,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores", "torch": torch.__version__,
    }

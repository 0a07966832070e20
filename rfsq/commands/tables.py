"""`python -m rfsq tables --data DIR --models all`: learn the count tables of models from training photos."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from rfsq.codec.codec import index_layout
from rfsq.codec.entropy.learn import learn_tables
from rfsq.codec.entropy.tables import save_tables, tables_path
from rfsq.commands.batch import error_records, exit_code, report_errors
from rfsq.commands.output import add_device, add_json, chosen_models, print_table, write_json
from rfsq.machine.devices import pick_device
from rfsq.model.library import open_model, weights_path
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_tensor
from rfsq.quantizers.statistics import learned_codebooks
from rfsq.style.names import printable
from rfsq.training.data import DataError, PhotoCache, PhotoSource, random_crop

_BATCH = 32  # photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", required=True, metavar="DIR_OR_SHARDS", help="folder of photos or of .tar shards, or URLs"
    )
    parser.add_argument(
        "--models",
        default="all",
        metavar="NAME,…",
        help="models, fitted stacks among them (default: all of the zoo)",
    )
    parser.add_argument(
        "--photos", type=int, default=4000, metavar="N", help="how many photos to learn from (default: 4000)"
    )
    parser.add_argument(
        "--crop", type=int, default=64, metavar="PIXELS", help="side of the crop of each photo (default: 64)"
    )
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.photos < 1 or options.crop < 4:
        raise ValueError("--photos must be at least 1 and --crop at least 4")
    names = chosen_models(options.models)
    checkpoints = [open_model(name) for name in names]  # all of them first: a wrong name should not cost an hour
    device = pick_device(options.device)
    cache = PhotoCache(limit_bytes=0)
    photos = _photos(PhotoSource(options.data), cache, options.photos, options.crop)
    errors = {Path(key): reason for key, reason in cache.errors.items()}
    records = []
    for path, checkpoint in zip(map(weights_path, names), checkpoints, strict=True):
        quantizer = checkpoint.model.quantizer
        if quantizer is None:
            continue  # nothing to code
        tables = learn_tables(
            index_layout(checkpoint.model.config),
            _indices(checkpoint.model.to(device), photos),
            checkpoint.info.weights_sha256,
            learned_codebooks(quantizer),
            progress=printable(checkpoint.model.config.name),
        )
        save_tables(tables, tables_path(path))
        records.append(
            {
                "model": checkpoint.model.config.name,
                "file": str(tables_path(path)),
                "photos": len(photos),
                "bytes": tables_path(path).stat().st_size,
                "planes": len(tables.models),
                "crc": f"{tables.crc:08x}",
                "errors": error_records(errors),  # photos that could not be read
            }
        )
    print_table(
        ["model", "planes", "bytes", "crc"],
        [[str(record[column]) for column in ("model", "planes", "bytes", "crc")] for record in records],
    )
    report_errors("tables", errors, Path(options.data))
    write_json(options.json, records)
    return exit_code(records, errors)


def _photos(source: PhotoSource, cache: PhotoCache, count: int, crop: int) -> np.ndarray:
    """Crops of the first `count` readable photos, (N, crop, crop, 3) uint8. Raises DataError when there are none."""
    rng = np.random.default_rng(0)
    pixels = (cache.pixels(photo) for photo in source.epoch(0, seed=0))
    crops = [random_crop(photo, crop, False, rng) for photo in islice((p for p in pixels if p is not None), count)]
    if not crops:
        raise DataError(f"None of the photos at {printable(source.location)} can be read.")
    return np.stack(crops)


def _indices(model: QuantizedAutoencoder, photos: np.ndarray) -> np.ndarray:
    """(N, S, h, w) int64."""
    device = next(model.parameters()).device
    parts = []
    with torch.inference_mode():
        for start in range(0, len(photos), _BATCH):
            images = to_tensor(photos[start : start + _BATCH])
            parts.append(model.quantize(model.encode(images.to(device))).indices.cpu().numpy())
    return np.concatenate(parts)

"""`python -m rfsq calibrate --data DIR_OR_SHARDS`: latents of training photos, to fit stacks to."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from rfsq.commands.batch import error_records, exit_code, report_errors
from rfsq.commands.output import add_device, add_json, print_table, write_json
from rfsq.machine.devices import pick_device
from rfsq.model.calibration import PHOTOS, calibration_path, collect_latents, save_calibration
from rfsq.model.checkpoint import (
    CheckpointError,
    available_models,
    checkpoints_in,
    load_checkpoint,
    read_info,
    zoo_checkpoint,
)
from rfsq.model.zoo import ZOO
from rfsq.style.names import printable
from rfsq.training.data import DataError, PhotoCache, PhotoSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="DIR_OR_SHARDS", help="training photos, all of one size")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--networks", default="all", metavar="NAME,…", help="models without quantizer (default: all)")
    which.add_argument(
        "--checkpoints",
        type=Path,
        metavar="DIR",
        help="instead: the networks without quantizer among the checkpoints in DIR, which need not be of the zoo",
    )
    parser.add_argument("--photos", type=int, default=PHOTOS, metavar="N", help=f"how many photos (default: {PHOTOS})")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.photos < 1:
        raise ValueError(f"--photos must be at least 1, got {options.photos}")
    weights = [zoo_checkpoint(name) for name in _networks(options.networks)]
    if options.checkpoints is not None:
        weights = [path for path in checkpoints_in(options.checkpoints) if not read_info(path).config.quantized]
        if not weights:
            raise CheckpointError(f"All networks in {printable(options.checkpoints)} have a quantizer.")
    device = pick_device(options.device)
    cache = PhotoCache(limit_bytes=0)
    found = (cache.pixels(photo) for photo in PhotoSource(options.data).epoch(0, seed=0))
    photos = list(islice((pixels for pixels in found if pixels is not None), options.photos))
    if not photos:
        raise DataError(f"None of the photos at {printable(options.data)} can be read.")
    if len({photo.shape for photo in photos}) > 1:
        raise DataError("The photos of a calibration must have one size, so that each counts alike.")
    records = []
    for file in weights:
        checkpoint = load_checkpoint(file)
        name = file.parent.name if options.checkpoints is not None else checkpoint.info.config.name
        latents = collect_latents(
            checkpoint.model.to(device), tqdm(photos, desc=name, unit="photo", dynamic_ncols=True)
        )
        path = calibration_path(file)
        save_calibration(latents, path, checkpoint.info.weights_sha256)
        records.append(
            {"network": name, "file": str(path), "photos": len(latents), "tokens": latents[:, 0].numel()}
            | {"bytes": path.stat().st_size}
        )
    errors = {Path(key): reason for key, reason in cache.errors.items()}
    columns = ("network", "photos", "tokens", "bytes")
    print_table(columns, [[str(record[column]) for column in columns] for record in records])
    report_errors("calibrate", errors, Path(options.data))
    write_json(options.json, [record | {"errors": error_records(errors)} for record in records])
    return exit_code(records, errors)


def _networks(names: str) -> list[str]:
    """The zoo's models without quantizer among these names. Raises CheckpointError for any other."""
    if names == "all":
        return [name for name in available_models() if not ZOO[name].quantized]
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in ZOO or ZOO[name].quantized:
            raise CheckpointError(f"{name} is not a network without quantizer in the zoo.")
    return chosen

"""`python -m rfsq calibrate --data DIR_OR_SHARDS`"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from rfsq.commands.batch import error_records, exit_code, report_errors
from rfsq.commands.output import add_device, add_json, print_table, write_json
from rfsq.machine.devices import pick_device
from rfsq.model.calibration import PHOTOS, calibration_path, collect_latents, save_calibration
from rfsq.model.checkpoint import CheckpointError, available_models, load_checkpoint, zoo_checkpoint
from rfsq.model.zoo import ZOO
from rfsq.style.names import printable
from rfsq.training.data import DataError, PhotoCache, PhotoSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="DIR_OR_SHARDS", help="training photos, all of one size")
    parser.add_argument(
        "--networks", default="all", metavar="NAME,…", help="models without quantizer, or all (default)"
    )
    parser.add_argument("--photos", type=int, default=PHOTOS, help=f"how many photos (default: {PHOTOS})")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.photos < 1:
        raise ValueError(f"--photos must be at least 1, got {options.photos}")
    names = _networks(options.networks)
    device = pick_device(options.device)
    cache = PhotoCache(limit_bytes=0)
    found = (cache.pixels(photo) for photo in PhotoSource(options.data).epoch(0, seed=0))
    photos = list(islice((pixels for pixels in found if pixels is not None), options.photos))
    if not photos:
        raise DataError(f"None of the photos at {printable(options.data)} can be read.")
    if len({photo.shape for photo in photos}) > 1:
        raise DataError("The photos of a calibration must have one size, so that each counts alike.")
    records = []
    for name in names:
        checkpoint = load_checkpoint(zoo_checkpoint(name))
        latents = collect_latents(
            checkpoint.model.to(device), tqdm(photos, desc=name, unit="photo", dynamic_ncols=True)
        )
        path = calibration_path(zoo_checkpoint(name))
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

"""`python -m rfsq stacks --images DIR`: the grid of stacks around the networks, `checkpoints/stacks.json`.

It is written after each stack: a run that was stopped goes on, and what was measured is kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rfsq.commands.batch import exit_code, report_errors
from rfsq.commands.output import add_device, print_table
from rfsq.evidence.image_folder import image_files, readable_images
from rfsq.evidence.report import update_documents
from rfsq.evidence.results import load_results
from rfsq.evidence.stacks.grid import CLOSE_NETWORK, close_specs, grid_file, load_grid, write_grid
from rfsq.evidence.stacks.measure import GridPhotos, StackMetrics, measure_grid
from rfsq.machine.devices import pick_device
from rfsq.metrics.learned import learned_metrics
from rfsq.metrics.st_lpips import StLpips
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO
from rfsq.style.names import printable
from rfsq.style.wording import format_number

DEFAULT_NETWORKS = "continuous-4,continuous-5,continuous-8,continuous-20"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="test photos, all of one size")
    parser.add_argument(
        "--networks", default=DEFAULT_NETWORKS, metavar="NAME,…", help="models without quantizer (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that fit beside each other (default: 1)"
    )
    parser.add_argument(
        "--st-lpips",
        action="store_true",
        help="measure ST-LPIPS of every stack, not of those in the table alone: several times as long",
    )
    parser.add_argument("--again", action="store_true", help="also measure stacks whose results are up to date")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    if options.workers < 1:
        raise ValueError(f"--workers must be at least 1, got {options.workers}")
    names = [name.strip() for name in options.networks.split(",") if name.strip()]
    if unknown := [name for name in names if name not in available_models() or ZOO[name].quantized]:
        raise ValueError(f"{unknown[0]} is not a network without quantizer that is here")
    device = pick_device(options.device)
    files, errors = readable_images(image_files(options.images), progress_bar=True)
    photos = GridPhotos.read(files)
    st_lpips = learned_metrics(device)["st_lpips"].measure
    grid = measure_grid(
        photos,
        names,
        command=_command(options, names),
        device=device,
        learned=StackMetrics(st_lpips if isinstance(st_lpips, StLpips) else None, options.st_lpips),
        workers=options.workers,
        known=None if options.again else load_grid(),
        keep=lambda grid: write_grid(grid, grid_file()),
    )
    write_grid(grid, grid_file())
    rows = [grid.find(CLOSE_NETWORK, spec.text) for spec in close_specs()]
    print_table(
        [f"{CLOSE_NETWORK}, stack", "bits/token", "bpp", "PSNR dB after each stage", "ST-LPIPS"],
        [
            [
                score.stack,
                format_number(score.bits_per_token, 0),
                format_number(score.bpp_nominal, 3),
                " ".join(f"{psnr:.2f}" for psnr in grid.close[score.stack].psnr_after),
                format_number(score.st_lpips, 3),
            ]
            for score in rows
            if score is not None and score.stack in grid.close
        ],
    )
    print(f"{len(grid.scores)} stacks in {grid_file()}")
    if (results := load_results()) is not None:
        for document in update_documents(results):
            print(f"updated {printable(document)}")
    report_errors("stacks", errors, options.images)
    return exit_code(files, errors)


def _command(options: argparse.Namespace, names: Sequence[str]) -> str:
    """What makes the whole file; networks that are in it already are kept, so a later run may name others."""
    default = set(names) == set(DEFAULT_NETWORKS.split(","))
    return " ".join(
        [
            f"python -m rfsq stacks --images {options.images.name}",
            *([] if default else [f"--networks {','.join(names)}"]),
            *(["--st-lpips"] if options.st_lpips else []),
        ]
    )

"""`python -m rfsq stacks --images DIR`: the grid of stacks around the networks, `checkpoints/stacks.json`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rfsq.commands.batch import exit_code, report_errors
from rfsq.commands.output import add_device, print_table
from rfsq.evidence.evaluation import image_files, readable_images
from rfsq.evidence.stack_grid import grid_file, measure_grid, write_grid
from rfsq.machine.devices import pick_device
from rfsq.metrics.learned import learned_metrics
from rfsq.metrics.st_lpips import StLpips
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO
from rfsq.style.wording import format_number

DEFAULT_NETWORKS = "continuous-4,continuous-5,continuous-8,continuous-20"
_SHOWN = tuple(
    f"fsq:levels={levels},stages=4,conditioning={name}"
    for levels in (4, 2)
    for name in ("none", "gain", "scale", "layernorm", "layernorm-global", "geometric")
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="test photos, all of one size")
    parser.add_argument("--networks", default=DEFAULT_NETWORKS, metavar="NAME,…", help="models without quantizer")
    parser.add_argument("--workers", type=int, default=1, help="processes that fit beside each other (default 1)")
    parser.add_argument("--without-st-lpips", action="store_true", help="PSNR alone, several times as fast")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    if options.workers < 1:
        raise ValueError(f"--workers must be at least 1, got {options.workers}")
    names = [name.strip() for name in options.networks.split(",") if name.strip()]
    if unknown := [name for name in names if name not in available_models() or ZOO[name].quantized]:
        raise ValueError(f"{unknown[0]} is not a network without quantizer that is here")
    device = pick_device(options.device)
    files, errors = readable_images(image_files(options.images), progress_bar=True)
    learned = None if options.without_st_lpips else learned_metrics(device)["st_lpips"].measure
    grid = measure_grid(
        files,
        names,
        command=f"python -m rfsq stacks --images {options.images.name}",
        device=device,
        st_lpips=learned if isinstance(learned, StLpips) else None,
        workers=options.workers,
    )
    write_grid(grid, grid_file())
    print_table(
        ["network, stack", "bits/token", "bpp", "PSNR dB", "ST-LPIPS"],
        [
            [
                f"{score.network} {score.stack}",
                format_number(score.bits_per_token, 0),
                format_number(score.bpp_nominal, 3),
                format_number(score.psnr_db, 2),
                format_number(score.st_lpips, 3),
            ]
            for score in grid.scores
            if score.stack in _SHOWN
        ],
    )
    print(f"{len(grid.scores)} stacks in {grid_file()}")
    report_errors("stacks", errors, options.images)
    return exit_code(files, errors)

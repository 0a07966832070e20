"""`python -m rfsq live`"""

from __future__ import annotations

import argparse

from rfsq.commands.output import add_device, add_json, output_path, print_table, write_json
from rfsq.commands.targets import (
    PICTURE_SUFFIXES,
    Targets,
    add_overwrite,
    check_name,
    is_reconstruction,
    loss_note,
    reconstruction_file,
)
from rfsq.machine.devices import pick_device
from rfsq.photos.gallery import load_example
from rfsq.style.wording import format_number
from rfsq.training.live import CHOICES, LiveRun, gallery_photos, held_out_for, live_config, live_photo

RECORDED = "rfsq-4x1024-scale"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        choices=CHOICES,
        default=RECORDED,
        metavar="NAME",
        help=f"whose quantizer: {', '.join(CHOICES)} (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="how long to train (default: %(default)g)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights, crops and order (default: 0)")
    parser.add_argument(
        "--shown", default="cat", metavar="NAME", help="photo of the gallery that is measured (default: %(default)s)"
    )
    add_device(parser)
    parser.add_argument(
        "--picture", type=output_path, metavar="FILE", help="write its reconstruction at the end, as .png or .jpg"
    )
    add_overwrite(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Train once on the photos of the gallery but one, as the app's page does, and print the log."""
    targets = Targets([], is_reconstruction, options.overwrite)
    if options.picture is not None:
        check_name(options.picture, PICTURE_SUFFIXES)
        targets.check(options.picture)
    held_out = held_out_for(options.shown)
    live = LiveRun(
        live_config(options.base),
        gallery_photos(without=held_out),
        shown=live_photo(load_example(options.shown)),
        held_out=live_photo(load_example(held_out)),
        seconds=options.seconds,
        seed=options.seed,
        device=pick_device(options.device),
    )
    live.advance()
    scores = live.measure()
    _print_log(live, options.shown, held_out)
    print(
        f"{options.base}: {live.step} steps in {live.seconds:.1f} s on {live.where}; {options.shown} "
        f"{scores.psnr_db:.2f} dB, L1 {scores.l1:.4f}."
    )
    if options.picture is not None:
        targets.write(options.picture, reconstruction_file(scores.pixels, options.picture))
        if note := loss_note(options.picture):
            print(note)
    write_json(
        options.json,
        {
            "base": options.base,
            "seed": options.seed,
            "shown": options.shown,
            "held_out": held_out,
            "seconds": round(live.seconds, 2),
            "steps": live.step,
            "device": live.where,
            "psnr_db": scores.psnr_db,
            "l1": scores.l1,
            "log": [{key: float(f"{value:.5g}") for key, value in row.items()} for row in live.log],
        },
    )


def _print_log(live: LiveRun, shown: str, held_out: str) -> None:
    """About a dozen rows of the log."""
    print_table(
        ["step", "seconds", "loss", f"PSNR dB of {shown}", f"{held_out}, held out"],
        [
            [
                str(row["step"]),
                format_number(row["seconds"], 1),
                format_number(row["loss"], 4),
                format_number(row["photo_psnr_db"], 2),
                format_number(row["held_out_psnr_db"], 2),
            ]
            for row in live.log[:: max(1, len(live.log) // 12)]
        ],
    )

"""`python -m rfsq reconstruct IMAGE OUT.png --model NAME`"""

from __future__ import annotations

import argparse

import torch

from rfsq.commands.batch import picture_source
from rfsq.commands.output import ONE_MODEL, add_device, add_json, input_path, output_path, print_table, write_json
from rfsq.commands.targets import (
    PICTURE_SUFFIXES,
    Targets,
    add_overwrite,
    check_name,
    is_reconstruction,
    loss_note,
    reconstruction_file,
)
from rfsq.evidence.comparison import score
from rfsq.machine.devices import pick_device
from rfsq.model.library import load_model
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.photos.read import read_image
from rfsq.style.wording import format_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=input_path, metavar="IMAGE", help="a picture (`-`: from standard input)")
    parser.add_argument(
        "out", type=output_path, metavar="OUT.png", help="a .png or .jpg file (`-`: PNG to standard output)"
    )
    parser.add_argument("--model", required=True, metavar="NAME", help=ONE_MODEL)
    parser.add_argument("--stages", type=int, metavar="K", help="use the first K stages only (default: all)")
    add_overwrite(parser)
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    check_name(options.out, PICTURE_SUFFIXES)
    targets = Targets([options.image], is_reconstruction, options.overwrite)
    targets.check(options.out)
    device = pick_device(options.device)
    model = load_model(options.model).to(device)
    stages = model.check_stages(options.stages)
    pixels = read_image(picture_source(options.image))
    with torch.inference_mode():
        picture = to_pixels(model.reconstruct(to_tensor(pixels).to(device), stages))
    targets.write(options.out, reconstruction_file(picture, options.out))
    scores, rate = score(pixels, picture), model.rate(pixels.shape[0], pixels.shape[1], stages)
    finite = {
        name: value if abs(value) < float("inf") else None
        for name, value in vars(scores).items()
        if name != "flip_error"
    }
    record = {
        "image": str(options.image),
        "out": str(options.out),
        "model": model.config.name,
        "stages": stages,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "device": device.type,
        "bits_per_token": rate.bits_per_token if rate else None,
        "bpp": rate.bpp if rate else None,
        "side_bytes": rate.side_bytes if rate else 0,
        **finite,
    }
    print_table(
        ["model", "stages", "bits/token", "bpp", "PSNR dB", "SSIM", "L1", "FLIP"],
        [
            [
                model.config.name,
                str(stages),
                format_number(record["bits_per_token"], 0),
                format_number(record["bpp"], 3),
                format_number(finite["psnr_db"], 2),
                format_number(finite["ssim"], 3),
                format_number(finite["l1"], 4),
                format_number(finite["flip"], 3),
            ]
        ],
    )
    if note := loss_note(options.out):
        print(note)
    write_json(options.json, record)

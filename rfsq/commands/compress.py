"""`python -m rfsq compress IMAGE OUT.rfsq --model NAME`, or a folder of pictures into a folder of files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rfsq.codec.bitstream import CODINGS
from rfsq.codec.codec import Codec, compress, load_codec, reconstruct
from rfsq.commands.batch import SUFFIX, Job, jobs, progress
from rfsq.commands.output import add_device, add_json, print_table, write_json
from rfsq.machine.atomic import write_atomically
from rfsq.machine.devices import pick_device
from rfsq.metrics.image import psnr_db
from rfsq.photos.errors import ImageError
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import IMAGE_SUFFIXES, read_image
from rfsq.style.wording import format_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE_OR_DIR")
    parser.add_argument("out", type=Path, metavar="OUT", help="an .rfsq file; a folder for the files of a folder")
    parser.add_argument("--model", required=True, metavar="NAME", help="a model of the zoo, or a .safetensors file")
    parser.add_argument("--stages", type=int, metavar="K", help="write the first K stages only (default: all)")
    parser.add_argument("--coding", choices=CODINGS, help="of the tokens (default: context, uniform without tables)")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    todo = jobs(options.image, options.out, IMAGE_SUFFIXES, SUFFIX)
    codec = load_codec(options.model)
    codec.model.to(pick_device(options.device))
    codec.model.check_stages(options.stages)
    records = [_compress(codec, job, options) for job in progress(todo, "compress")]
    rows = [_row(record) for record in records] if len(records) <= 20 else []
    pixels = sum(record["width"] * record["height"] for record in records)
    total = {
        part: sum(record[part] for record in records) for part in ("bytes", "header_bytes", "side_bytes", "token_bytes")
    }
    finite = [record["psnr_db"] for record in records if record["psnr_db"] is not None]
    summary = total | {"bpp": 8 * total["bytes"] / pixels, "psnr_db": sum(finite) / len(finite) if finite else None}
    if len(records) > 1:
        rows.append(_row({"image": f"{len(records)} files, mean PSNR", **summary}))
    print_table(["image", "bytes", "header", "side", "tokens", "bpp", "PSNR dB"], rows)
    write_json(options.json, summary | {"model": codec.name, "files": records})


def _compress(codec: Codec, job: Job, options: argparse.Namespace) -> dict[str, Any]:
    try:
        pixels = read_image(job.source)
    except ImageError as error:
        raise ImageError(f"{job.source.name}: {error}") from error
    made = compress(codec, pixels, options.stages, options.coding)
    write_atomically(job.out, made.data)
    psnr = float(psnr_db(to_tensor(pixels), to_tensor(reconstruct(codec, made.tokens))))
    return {
        "image": str(job.source),
        "out": str(job.out),
        "width": made.header.width,
        "height": made.header.height,
        "stages": made.header.stages,
        "coding": made.header.coding,
        "bytes": len(made.data),
        "header_bytes": made.header_bytes,
        "side_bytes": made.side_bytes,
        "token_bytes": sum(made.token_bytes),
        "token_bytes_per_stage": list(made.token_bytes),
        "bpp": made.bpp,
        "psnr_db": psnr if psnr < float("inf") else None,
    }


def _row(record: dict[str, Any]) -> list[str]:
    return [
        Path(record["image"]).name,
        *(str(record[part]) for part in ("bytes", "header_bytes", "side_bytes", "token_bytes")),
        format_number(record["bpp"], 3),
        format_number(record["psnr_db"], 2),
    ]

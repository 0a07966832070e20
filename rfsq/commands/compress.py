"""`python -m rfsq compress IMAGE OUT.rfsq --model NAME`, or a folder of pictures into a folder of files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rfsq.codec.bitstream import CODINGS
from rfsq.codec.codec import Codec, Compressed, compress, load_codec, reconstruct
from rfsq.commands.batch import (
    SUFFIX,
    error_records,
    exit_code,
    picture_source,
    report_errors,
    results_of,
    run_all,
    source_files,
)
from rfsq.commands.output import ONE_MODEL, add_device, add_json, input_path, output_path, print_table, write_json
from rfsq.commands.targets import Targets, add_overwrite, check_name, is_rfsq
from rfsq.machine.devices import pick_device
from rfsq.metrics.image import psnr_db
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import IMAGE_SUFFIXES, read_image
from rfsq.style.wording import format_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "image",
        type=input_path,
        metavar="IMAGE_OR_DIR",
        help="a picture (`-`: from standard input), or a folder of them",
    )
    parser.add_argument(
        "out", type=output_path, metavar="OUT", help="an .rfsq file (`-`: to standard output); a folder for a folder"
    )
    parser.add_argument("--model", required=True, metavar="NAME", help=ONE_MODEL)
    parser.add_argument("--stages", type=int, metavar="K", help="write the first K stages only (default: all)")
    parser.add_argument("--coding", choices=CODINGS, help="of the tokens (default: context, uniform without tables)")
    add_overwrite(parser)
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    sources = source_files(options.image, IMAGE_SUFFIXES)
    results = results_of(options.image, sources.files, options.out, SUFFIX)
    targets = Targets(sources.files, is_rfsq, options.overwrite)
    codec = load_codec(options.model)
    codec.model.to(pick_device(options.device))
    codec.model.check_stages(options.stages)
    codec.check_coding(options.coding)

    def make(source: Path) -> dict[str, Any]:
        out = results[source]
        check_name(out, (SUFFIX,))
        targets.check(out)  # before the work as well as after it
        pixels = read_image(picture_source(source))
        made = compress(codec, pixels, options.stages, options.coding)
        targets.write(out, made.data)
        return _record(codec, source, out, pixels, made)

    records, errors = run_all("compress", sources.files, make)
    errors = sources.errors | errors
    summary = _summary(records)
    rows = [_row(record) for record in records] if len(records) <= 20 else []
    if len(records) > 1:
        rows.append(_row({"image": f"{len(records)} files, mean PSNR", **summary}))
    if records:
        print_table(["image", "bytes", "header", "side", "tokens", "bpp", "PSNR dB"], rows)
    report_errors("compress", errors, options.image)
    write_json(options.json, summary | {"model": codec.name, "files": records, "errors": error_records(errors)})
    return exit_code(records, errors)


def _summary(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Bytes of all files together, bits per pixel over all, and the mean PSNR; None where there is no file to take it of."""
    parts = ("bytes", "header_bytes", "side_bytes", "token_bytes")
    total = {part: sum(record[part] for record in records) for part in parts}
    pixels = sum(record["width"] * record["height"] for record in records)
    finite = [record["psnr_db"] for record in records if record["psnr_db"] is not None]
    return total | {
        "bpp": 8 * total["bytes"] / pixels if pixels else None,
        "psnr_db": sum(finite) / len(finite) if finite else None,
    }


def _record(codec: Codec, source: Path, out: Path, pixels: np.ndarray, made: Compressed) -> dict[str, Any]:
    psnr = float(psnr_db(to_tensor(pixels), to_tensor(reconstruct(codec, made.tokens))))
    return {
        "image": str(source),
        "out": str(out),
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

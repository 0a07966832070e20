"""`python -m rfsq decompress IN.rfsq OUT.png`, or a folder of files into a folder of pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rfsq.codec.bitstream import Header
from rfsq.codec.codec import Codec, Decompressed, decompress, load_codec, zoo_codec
from rfsq.commands.batch import SUFFIX, Job, jobs, progress
from rfsq.commands.output import add_device, add_json, print_table, write_json
from rfsq.machine.devices import pick_device
from rfsq.photos.write import write_png


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="IN_OR_DIR")
    parser.add_argument("out", type=Path, metavar="OUT", help="a PNG file; a folder for the files of a folder")
    parser.add_argument("--stages", type=int, metavar="K", help="use the first K stages only, and read no others")
    parser.add_argument("--model", metavar="FILE", help="the .safetensors file of a model that is not in the zoo")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    todo = jobs(options.file, options.out, (SUFFIX,), ".png")
    device = pick_device(options.device)
    loaded: dict[str, Codec] = {}

    def find(header: Header) -> Codec:
        if header.model not in loaded:
            loaded[header.model] = load_codec(options.model) if options.model else zoo_codec(header)
            loaded[header.model].model.to(device)
        return loaded[header.model]

    records = []
    for job in progress(todo, "decompress"):
        try:
            with job.source.open("rb") as file:
                picture = decompress(file, options.stages, find)
        except ValueError as error:
            raise ValueError(f"{job.source.name}: {error}") from error
        write_png(picture.pixels, job.out)
        records.append(_record(job, picture))
    print_table(
        ["file", "model", "stages", "width", "height", "bytes"],
        [
            [
                Path(record["file"]).name,
                record["model"],
                f"{record['stages']} of {record['stages_made']}",
                str(record["width"]),
                str(record["height"]),
                str(record["bytes"]),
            ]
            for record in records
        ],
    )
    write_json(options.json, {"files": records})


def _record(job: Job, picture: Decompressed) -> dict[str, Any]:
    header = picture.header
    return {
        "file": str(job.source),
        "out": str(job.out),
        "bytes": job.source.stat().st_size,
        "model": header.model,
        "stages": picture.stages,
        "stages_made": header.stages,
        "width": header.width,
        "height": header.height,
    }

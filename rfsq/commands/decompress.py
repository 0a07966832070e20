"""`python -m rfsq decompress IN.rfsq OUT.png`, or a folder of files into a folder of pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rfsq.codec.bitstream import Header
from rfsq.codec.codec import Codec, Decompressed, decompress, load_codec, zoo_codec
from rfsq.commands.batch import (
    SUFFIX,
    error_records,
    exit_code,
    opened,
    report_errors,
    results_of,
    run_all,
    source_files,
    whole_stages_named,
)
from rfsq.commands.output import add_device, add_json, input_path, output_path, print_table, write_json
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=input_path,
        metavar="IN_OR_DIR",
        help="an .rfsq file (`-`: from standard input), or a folder of them",
    )
    parser.add_argument(
        "out",
        type=output_path,
        metavar="OUT",
        help="a .png or .jpg file (`-`: PNG to standard output); a folder for a folder",
    )
    parser.add_argument("--stages", type=int, metavar="K", help="use the first K stages only, and read no others")
    parser.add_argument("--model", metavar="FILE", help="the .safetensors file of a model that is not in the zoo")
    add_overwrite(parser)
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    sources = source_files(options.file, (SUFFIX,))
    results = results_of(options.file, sources.files, options.out, ".png")
    targets = Targets(sources.files, is_reconstruction, options.overwrite)
    device = pick_device(options.device)
    loaded: dict[str, Codec] = {}

    def find(header: Header) -> Codec:
        if header.model not in loaded:
            loaded[header.model] = load_codec(options.model) if options.model else zoo_codec(header)
            loaded[header.model].model.to(device)
        return loaded[header.model]

    def make(source: Path) -> dict[str, Any]:
        out = results[source]
        check_name(out, PICTURE_SUFFIXES)
        targets.check(out)  # before the work as well as after it
        with opened(source) as (file, size), whole_stages_named():
            picture = decompress(file, options.stages, find)
        targets.write(out, reconstruction_file(picture.pixels, out))
        return _record(source, out, size, picture)

    records, errors = run_all("decompress", sources.files, make)
    errors = sources.errors | errors
    if records:
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
    if records and (note := loss_note(Path(records[0]["out"]))):
        print(note)
    report_errors("decompress", errors, options.file)
    write_json(options.json, {"files": records, "errors": error_records(errors)})
    return exit_code(records, errors)


def _record(source: Path, out: Path, size: int, picture: Decompressed) -> dict[str, Any]:
    header = picture.header
    return {
        "file": str(source),
        "out": str(out),
        "bytes": size,
        "model": header.model,
        "stages": picture.stages,
        "stages_made": header.stages,
        "width": header.width,
        "height": header.height,
    }

"""`python -m rfsq info IN.rfsq`: what a file says of itself. Needs no checkpoint."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rfsq.codec.bitstream import BitstreamError, Header, check_end, read_header, read_segment
from rfsq.commands.batch import (
    SUFFIX,
    broken_words,
    error_records,
    exit_code,
    opened,
    report_errors,
    run_all,
    source_files,
)
from rfsq.commands.output import add_json, input_path, print_table, write_json
from rfsq.model.checkpoint import CheckpointError, read_info, zoo_checkpoint
from rfsq.model.zoo import ZOO


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=input_path,
        metavar="IN_OR_DIR",
        help="an .rfsq file (`-`: from standard input), or a folder of them",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    sources = source_files(options.file, (SUFFIX,))
    told, errors = run_all("info", sources.files, _describe)
    wrong = errors | {Path(record["file"]): record["error"] for record in told if "error" in record}
    errors = sources.errors | {file: wrong[file] for file in sources.files if file in wrong}
    if told:
        _print(told)
    report_errors("info", errors, options.file)
    records, incomplete = ([one for one in told if ("error" in one) == is_broken] for is_broken in (False, True))
    write_json(options.json, {"files": records, "incomplete": incomplete, "errors": error_records(errors)})
    return exit_code(records, errors)


def _print(records: Sequence[dict[str, Any]]) -> None:
    print_table(
        ["file", "model", "weights", "size", "coding", "stages", "bytes", "bpp", "bytes of the stages"],
        [
            [
                Path(record["file"]).name,
                record["model"],
                record["weights"],
                f"{record['width']} × {record['height']}",
                record["coding"],
                f"{record['stages']} of {record['stages_made']}",
                str(record["bytes"]),
                f"{record['bpp']:.3f}",
                " ".join(map(str, record["stage_bytes"])),
            ]
            for record in records
        ],
    )


def _describe(path: Path) -> dict[str, Any]:
    """What the header and the whole stages say, with an `error` where there is more than these. Raises BitstreamError for a
    header that is damaged."""
    stage_bytes: list[int] = []
    with opened(path) as (file, size):
        header = read_header(file)
        try:
            _read_stages(file, header, size, stage_bytes)
            wrong = {}
        except BitstreamError as error:
            wrong = {"error": broken_words(error)}
    return {
        "file": str(path),
        "model": header.model,
        "weights_hash": header.weights_hash.hex(),
        "weights": _weights(header.model, header.weights_hash),
        "width": header.width,
        "height": header.height,
        "coding": header.coding,
        "tables_crc": f"{header.tables_crc:08x}",
        "stages": len(stage_bytes),
        "stages_made": header.stages,
        "stage_bytes": stage_bytes,
        "bytes": size,
        "bpp": 8 * size / (header.width * header.height),
    } | wrong


def _read_stages(file: BinaryIO, header: Header, size: int, stage_bytes: list[int]) -> None:
    """Add the bytes of each stage that is whole. Raises BitstreamError for what follows them, if it is no end."""
    for stage in range(header.stages):
        payload = read_segment(file, header, stage, limit=size)
        if payload is None:
            return
        stage_bytes.append(len(payload))
    check_end(file)


def _weights(model: str, weights_hash: bytes) -> str:
    """Whether the zoo has the weights that made the file: "here", "others here" or "not here"."""
    if model not in ZOO:
        return "not here"
    try:
        digest = read_info(zoo_checkpoint(model)).weights_sha256
    except CheckpointError:
        return "not here"
    return "here" if digest.startswith(weights_hash.hex()) else "others here"

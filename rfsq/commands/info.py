"""`python -m rfsq info IN.rfsq`: what a file says of itself. Needs no checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rfsq.codec.bitstream import check_end, read_header, read_segment
from rfsq.commands.batch import SUFFIX, source_files
from rfsq.commands.output import add_json, print_table, write_json
from rfsq.model.checkpoint import CheckpointError, read_info, zoo_checkpoint
from rfsq.model.zoo import ZOO


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="IN_OR_DIR")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    records = []
    for file in source_files(options.file, (SUFFIX,)):
        try:
            records.append(_describe(file))
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from error
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
    write_json(options.json, {"files": records})


def _describe(path: Path) -> dict[str, Any]:
    """Raises BitstreamError for a file that is damaged or ends within a stage."""
    size = path.stat().st_size
    stage_bytes = []
    with path.open("rb") as file:
        header = read_header(file)
        for stage in range(header.stages):
            payload = read_segment(file, header, stage, limit=size)
            if payload is None:
                break
            stage_bytes.append(len(payload))
        else:
            check_end(file)
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
    }


def _weights(model: str, weights_hash: bytes) -> str:
    """Whether the zoo has the weights that made the file: "here", "others here" or "not here"."""
    if model not in ZOO:
        return "not here"
    try:
        digest = read_info(zoo_checkpoint(model)).weights_sha256
    except CheckpointError:
        return "not here"
    return "here" if digest.startswith(weights_hash.hex()) else "others here"

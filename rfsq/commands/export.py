"""`python -m rfsq export NAME FOLDER`: a model as two ONNX files, for programs that have no torch."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import onnx

from rfsq.commands.output import ONE_MODEL, add_json, output_path, print_table, write_json
from rfsq.machine.atomic import write_atomically
from rfsq.model.export import to_onnx
from rfsq.model.library import load_model
from rfsq.style.wording import format_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="NAME", help=ONE_MODEL)
    parser.add_argument("out", type=output_path, metavar="FOLDER", help="for NAME.encoder.onnx and NAME.decoder.onnx")
    parser.add_argument("--stages", type=int, metavar="K", help="a decoder for the first K stages (default: all)")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    model = load_model(options.model)
    graphs = to_onnx(model, options.stages)
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, Any]] = []
    for part, content in graphs._asdict().items():
        file = folder / f"{Path(options.model).stem}.{part}.onnx"
        write_atomically(file, content)
        graph = onnx.load_from_string(content).graph
        records.append(
            {
                "file": str(file),
                "bytes": len(content),
                "inputs": [value.name for value in graph.input],
                "outputs": [value.name for value in graph.output],
            }
        )
    print_table(
        ["file", "MB", "takes", "gives"],
        [
            [r["file"], format_number(r["bytes"] / 1e6, 1), ", ".join(r["inputs"]), ", ".join(r["outputs"])]
            for r in records
        ],
    )
    print("Images are (batch, 3, height, width) in -1 … 1; what the decoder gives is to be cut to the picture's size.")
    write_json(options.json, records)

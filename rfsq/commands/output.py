"""What all commands share: choosing files, models and devices, printing tables, writing JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rfsq.commands.batch import SUFFIX
from rfsq.commands.terminal import STANDARD_INPUT, STANDARD_OUTPUT
from rfsq.machine.atomic import write_atomically
from rfsq.machine.devices import DEVICE_NAMES
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.photos.read import IMAGE_SUFFIXES
from rfsq.style.tables import Table

ONE_MODEL = "a model of the zoo, a stack fitted to one (continuous-5.fsq-4-s4-scale), or a .safetensors file"


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=DEVICE_NAMES, default="auto", help="where to compute (default: auto)")


def add_batch_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--batch-size", type=int, default=16, metavar="N", help="pictures of one size computed together (default: 16)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=report_path, metavar="FILE", help="also write the result as JSON")


def input_path(text: str) -> Path:
    """An argument that names what is read; `-` is standard input."""
    return STANDARD_INPUT if text == "-" else _path(text)


def output_path(text: str) -> Path:
    """An argument that names what is written; `-` is standard output, and what is for people goes to standard error."""
    return STANDARD_OUTPUT if text == "-" else _path(text)


def report_path(text: str) -> Path:
    """An argument that names where numbers are written, which is no picture."""
    path = output_path(text)
    if path.suffix.lower() in (*IMAGE_SUFFIXES, SUFFIX):
        raise argparse.ArgumentTypeError(f"'{path}' is a name for a picture")
    return path


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("a name of no characters names no file")  # but for Path it is this folder
    return Path(text)


def write_json(path: Path | None, value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Characters that would act on a terminal, and the bytes of a name that are no text, become escapes such as \\u009b,
    from which a reader of JSON gets the same name again."""
    if path is not None:
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        safe = (c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
        write_atomically(path, "".join(safe).encode())


def chosen_models(names: str) -> list[str]:
    """A comma-separated list of names or .safetensors paths; "all" is every model of the zoo that has its files.

    Raises ValueError for no name at all.
    """
    if names != "all":
        if not (chosen := [name.strip() for name in names.split(",") if name.strip()]):
            raise ValueError("name at least one model; `rfsq models` lists them")
        return chosen
    models = list(available_models())
    if not models:
        raise CheckpointError("No checkpoint of the zoo is here; `python -m rfsq train all` makes them.")
    return models


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(Table.of(header, rows).text())

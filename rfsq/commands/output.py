"""What all commands share: choosing models and devices, printing tables, writing JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rfsq.machine.atomic import write_atomically
from rfsq.machine.devices import DEVICE_NAMES
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.style.tables import Table


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=DEVICE_NAMES, default="auto", help="where to compute (default: auto)")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result as JSON")


def write_json(path: Path | None, value: Mapping[str, Any] | Sequence[Any]) -> None:
    if path is not None:
        write_atomically(path, (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def chosen_models(names: str) -> list[str]:
    """A comma-separated list of names or .safetensors paths; "all" is every model of the zoo that has its files."""
    if names != "all":
        return [name.strip() for name in names.split(",") if name.strip()]
    models = list(available_models())
    if not models:
        raise CheckpointError("No checkpoint of the zoo is here; `python -m rfsq train all` makes them.")
    return models


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(Table.of(header, rows).text())

"""`python -m rfsq fit`: fit the stacks that the app offers around a network, once for everybody."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from rfsq.commands.output import add_json, print_table, write_json
from rfsq.model.fitted import save_fits
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES, StackSpec
from rfsq.quantizers import CONDITIONINGS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--networks", default="continuous-5", metavar="NAME,…", help="models without quantizer (default: %(default)s)"
    )
    parser.add_argument(
        "--stages", type=int, default=OFFERED_STAGES, metavar="S", help=f"most stages (default: {OFFERED_STAGES})"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    if not 1 <= options.stages <= OFFERED_STAGES:
        raise ValueError(f"--stages must be 1 … {OFFERED_STAGES}, got {options.stages}")
    specs = [
        StackSpec("fsq", (levels,), stages=stages, conditioning=conditioning)
        for levels in OFFERED_LEVELS
        for stages in range(1, options.stages + 1)
        for conditioning in CONDITIONINGS
    ]
    records = []
    for network in options.networks.split(","):
        with tqdm(total=len(specs), desc=network, unit="stack", dynamic_ncols=True) as bar:
            path = save_fits(network, specs, lambda share, bar=bar: bar.update(round(share * len(specs)) - bar.n))  # type: ignore[misc]
        records.append({"network": network, "stacks": len(specs), "file": str(path), "bytes": path.stat().st_size})
    columns = ("network", "stacks", "bytes")
    print_table(columns, [[str(record[column]) for column in columns] for record in records])
    write_json(options.json, records)

"""`rfsq app`: the pages in the browser, from any folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from rfsq.app.shared.own_quantizers import TIME_LIMIT, name_quantizers
from rfsq.app.start import start
from rfsq.commands.quantizer import add_quantizer, add_time_limit
from rfsq.quantizers.foreign.fit import STEPS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_quantizer(parser, several=True)
    add_time_limit(parser, TIME_LIMIT)
    parser.description = (
        f"{parser.description}\n\n"
        "--quantizer shows quantizers of your own in Compare, How it works and the Lab,\n"
        "beside ours at equal bits; their code runs in processes of their own. Links\n"
        "and uploads name no code."
    )
    parser.set_defaults(passed_on=[])


def run(options: argparse.Namespace) -> None:
    for reference in options.quantizer:
        file = Path(reference.place.rpartition(":")[0])
        if file.suffix == ".py" and not file.is_file():
            raise ValueError(f"there is no file {file.name} at {file.resolve().parent}")
    name_quantizers(options.quantizer, seconds=options.time_limit, steps=options.fit_steps or STEPS)
    start(options.passed_on)

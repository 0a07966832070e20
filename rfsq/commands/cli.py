"""The command line: `python -m rfsq models | reconstruct | compress | decompress | info | evaluate | …`.

Every command prints a table for people; `--json FILE` writes the same for programs. Bad input ends with one line on
stderr and exit code 2. The parser is built without importing torch, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "models": "the zoo: quantizer, conditioning, stages, rates, test PSNR, file",
    "reconstruct": "a picture through a model and back, as PNG",
    "compress": "a picture, or a folder of them, to .rfsq files",
    "decompress": "an .rfsq file, or a folder of them, to PNG",
    "info": "what an .rfsq file holds: model, size, stages, bytes",
    "evaluate": "scores of models over a folder of pictures",
    "results": "measure the whole zoo and rewrite the tables that quote it",
    "train": "train one model of the zoo, or all of them",
    "live": "train a small model on the gallery's photos for a minute, as the app does",
    "tables": "learn the tables that compress needs for small files",
    "fuzz": "damaged .rfsq files through the decoder: each must end in a picture or in one sentence",
    "benchmark": "times and memory on this machine",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m rfsq", description="Residual finite scalar quantization of images."
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in (sys.argv[1:] if arguments is None else arguments) if not word.startswith("-")), "")
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if name == chosen:  # only the chosen command's module, with torch behind it, is imported
            importlib.import_module(f"rfsq.commands.{name}").add_arguments(subparser)
    options = parser.parse_args(arguments)
    command = importlib.import_module(f"rfsq.commands.{options.command}")
    try:
        return command.run(options) or 0
    except (ValueError, OSError) as error:  # all errors of ours are ValueErrors with a sentence for people
        print(f"rfsq {options.command}: {_one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"rfsq {options.command}: stopped", file=sys.stderr)
        return 130


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

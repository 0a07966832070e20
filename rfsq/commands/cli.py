"""The command line: `rfsq app | models | reconstruct | compress | decompress | info | evaluate | …`.

In a clone that is not installed, `python -m rfsq …` is the same.

Every command prints a table for people; `--json FILE` writes the same for programs. Bad input ends with one line on
stderr and exit code 2. The parser is built without importing torch, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = {
    "app": "the pages in the browser; options of `streamlit run` are passed on",
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
EXTRAS = {"app": "app", "train": "train", "tables": "train"}  # what else has to be installed for a command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    program = "python -m rfsq" if Path(sys.argv[0]).name == "__main__.py" else "rfsq"
    parser = argparse.ArgumentParser(prog=program, description="Residual finite scalar quantization of images.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in (sys.argv[1:] if arguments is None else arguments) if not word.startswith("-")), "")
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if name == chosen:  # only the chosen command's module, with torch behind it, is imported
            try:
                importlib.import_module(f"rfsq.commands.{name}").add_arguments(subparser)
            except ModuleNotFoundError as error:
                missing = (error.name or "").partition(".")[0]
                if name not in EXTRAS or missing == "rfsq":
                    raise
                parser.error(f'{name} needs {missing}, which is not installed: pip install "rfsq[{EXTRAS[name]}]"')
    options, unknown = parser.parse_known_args(arguments)
    if "passed_on" in options:
        options.passed_on = unknown
    elif unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
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

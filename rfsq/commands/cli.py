"""The command line: `rfsq app | models | reconstruct | compress | decompress | info | evaluate | …`.

In a clone that is not installed, `python -m rfsq …` is the same.

Every command prints a table for people; `--json FILE` writes the same for programs. Exit codes: 0, all is done; 1, it is
but for files that are named on standard error; 2, nothing is, and one line there says why. The parser is built without
importing torch, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import NamedTuple, NoReturn

from rfsq.commands.terminal import STANDARD_INPUT, STANDARD_OUTPUT, lasting_output, sentence
from rfsq.machine.atomic import is_standard_output
from rfsq.style.names import printable


class Command(NamedTuple):
    """One line of the list of commands, and what a first call of it looks like."""

    summary: str
    example: str


COMMANDS = {
    "app": Command("the pages in the browser; options of `streamlit run` are passed on", "app --server.port 8600"),
    "models": Command("the zoo: quantizer, conditioning, stages, rates, test PSNR, file", "models"),
    "reconstruct": Command(
        "a picture through a model and back, as PNG or JPEG",
        "reconstruct photo.jpg out.png --model rfsq-4x1024-layernorm --stages 2",
    ),
    "compress": Command(
        "a picture, or a folder of them, to .rfsq files", "compress photo.jpg photo.rfsq --model rfsq-4x1024-grouped"
    ),
    "decompress": Command(
        "an .rfsq file to PNG or JPEG, or a folder of them to PNG", "decompress photo.rfsq photo.png --stages 2"
    ),
    "info": Command("what an .rfsq file holds: model, size, stages, bytes", "info photo.rfsq"),
    "export": Command(
        "a model as two ONNX files: pictures to indices, indices to pictures", "export rfsq-4x1024-scale DIR"
    ),
    "evaluate": Command(
        "scores of models over a folder of pictures", "evaluate --images DIR --models rfsq-4x1024-scale,fsq-40-8x32"
    ),
    "bench": Command(
        "scores of stacks around one network, fitted on the spot, over a folder of pictures",
        "bench --images DIR --stack fsq:levels=2,stages=4,conditioning=scale",
    ),
    "doctor": Command(
        "what is wrong with a quantizer of your own, or with the indices it left",
        "doctor --quantizer examples/own.py:RotatedSigns",
    ),
    "stacks": Command("measure the grid of stacks around the networks of the zoo", "stacks --images DIR"),
    "results": Command("measure the whole zoo and rewrite the tables that quote it", "results --images DIR"),
    "train": Command(
        "train one model of the zoo, or all of them", "train --config rfsq-4x1024-scale --data DIR --out runs"
    ),
    "live": Command(
        "train a small model on the gallery's photos for a minute, as the app does",
        "live --seconds 20 --picture run.png",
    ),
    "tables": Command(
        "learn the tables that compress needs for small files", "tables --data DIR --models rfsq-4x1024-scale"
    ),
    "calibrate": Command("collect the latents of training photos that stacks are fitted to", "calibrate --data DIR"),
    "fit": Command("fit the stacks that the app offers, so that nobody waits for them", "fit"),
    "fuzz": Command(
        "damaged .rfsq files through the decoder: each must end in a picture or in one sentence", "fuzz --files 1000"
    ),
    "benchmark": Command("times and memory on this machine", "benchmark --codec --json times.json"),
}
_INPUTS = ("image", "file")  # arguments of commands that name what is read,
_FLAGS = ("json", "per_image", "picture")  # what is written beside the result,
_OUTPUTS = (*_FLAGS, "out")  # and what is written
EXTRAS = {
    "app": "app",
    "train": "train",
    "tables": "train",
    "calibrate": "train",
    "export": "onnx",
}  # what else has to be installed for a command


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments without repeating what would act on a terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        with lasting_output():
            return _run(arguments)
    except OSError as error:  # nothing could be printed any more
        print(f"rfsq: {sentence(error)}", file=sys.stderr)
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    program = "python -m rfsq" if Path(sys.argv[0]).name == "__main__.py" else "rfsq"
    first = "".join(f"\n  {program} {COMMANDS[name].example}" for name in ("app", "reconstruct", "evaluate"))
    parser = _Parser(
        prog=program,
        description="Residual finite scalar quantization of images.",
        epilog=f"examples:{first}\n\n{program} COMMAND --help tells the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in (sys.argv[1:] if arguments is None else arguments) if not word.startswith("-")), "")
    for name, (summary, example) in COMMANDS.items():
        subparser = subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example:\n  {program} {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
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
        outputs = _outputs(options)
        with redirect_stdout(sys.stderr) if any(map(is_standard_output, outputs)) else nullcontext():
            return command.run(options) or 0
    except BrokenPipeError:  # who was to read the result has gone, and knows it
        return 128 + 13  # as when SIGPIPE ends a program
    except (ValueError, OSError) as error:  # all errors of ours are ValueErrors with a sentence for people
        print(f"rfsq {options.command}: {sentence(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"rfsq {options.command}: stopped", file=sys.stderr)
        return 130


def _outputs(options: argparse.Namespace) -> list[Path]:
    """The files that a command is asked to write, checked before hours of work. Raises ValueError, OSError."""
    named = {
        name: Path(os.path.realpath(path))
        for name in _OUTPUTS + _INPUTS
        if (path := getattr(options, name, None)) is not None and path not in (STANDARD_INPUT, Path(os.devnull))
    }
    if sys.__stdout__ is None and any(getattr(options, name, None) == STANDARD_OUTPUT for name in _OUTPUTS):
        raise ValueError("Standard output is closed.")
    for name in _FLAGS:
        if name not in named:
            continue
        flag = "--" + name.replace("_", "-")
        path = getattr(options, name)
        if named[name].is_dir():
            raise ValueError(f"{flag} '{printable(path)}' is a folder.")
        for other, place in named.items():
            if other != name and place == named[name]:
                raise ValueError(f"{flag} '{printable(path)}' is also what else is read or written here.")
    return [getattr(options, name) for name in _OUTPUTS if name in named]

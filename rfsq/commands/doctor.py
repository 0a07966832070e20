"""`python -m rfsq doctor --quantizer FILE.py:NAME`: what is wrong with a quantizer, or with the tensors it left behind."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import asdict
from pathlib import Path

from rfsq.commands.output import add_json, write_json
from rfsq.commands.quantizer import add_quantizer, add_time_limit
from rfsq.evidence.doctor import Line, examine_arranged
from rfsq.evidence.doctor.arranged import CHANNELS, STAGES, arrange
from rfsq.evidence.doctor.bar import check_bar
from rfsq.evidence.doctor.tensor_files import StoredTensor, read_latents, read_tensor, tensor_place
from rfsq.evidence.doctor.tensors import TensorReport, read_numbers, report_record
from rfsq.evidence.doctor.visit import Report, visit
from rfsq.machine.worker import run_in_worker
from rfsq.quantizers.foreign.fit import STEPS
from rfsq.style.names import printable
from rfsq.style.wording import format_bits

_WIDTH, _INDENT = 118, 42
_OF_TENSORS = ("quantized", "codebook_size", "levels", "channels", "stages")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_quantizer(parser)
    parser.add_argument(
        "--dim", type=int, metavar="D", help="channels of the latents, where the quantizer does not tell"
    )
    parser.add_argument(
        "--latents",
        metavar="FILE",
        help="latents (images, channels, h, w), .npy or .safetensors (default: those of a network of the zoo); without "
        "--quantizer of any layout",
    )
    parser.add_argument(
        "--indices",
        metavar="FILE",
        help="look at these instead of a quantizer at work; FILE.safetensors:NAME says which tensor",
    )
    parser.add_argument(
        "--quantized",
        metavar="FILE",
        help="what the indices stand for: of the shape of the latents, or, with an axis of stages before it, what each adds",
    )
    parser.add_argument(
        "--codebook-size",
        metavar="K,…",
        help="values that an index can take, one number or one per index, for --indices",
    )
    parser.add_argument("--levels", metavar="L,…", help="of each channel, whose product is the codebook size")
    parser.add_argument("--channels", choices=CHANNELS, help="axis of the latents' channels (default: by the shapes)")
    parser.add_argument("--stages", choices=STAGES, help="axis of the indices of a token (default: by the shapes)")
    add_time_limit(parser, 600)
    add_json(parser)
    parser.epilog = f"Exit code 1 when a line is red.\n\n{parser.epilog}"


def run(options: argparse.Namespace) -> int:
    if options.quantizer and options.indices:
        raise ValueError("say either --quantizer FILE.py:NAME or --indices FILE")
    if not options.quantizer and options.indices is None and options.latents is None:
        raise ValueError("say what to look at: --quantizer FILE.py:NAME, or --indices FILE, --latents FILE or both")
    if not options.quantizer:
        tensors = _of_tensors(options)
        lines = tensors.lines
        files = {name: getattr(options, name) for name in ("indices", "latents", "quantized")}
        record = report_record(tensors, {name: text for name, text in files.items() if text is not None})
        print(f"Looked at {printable(tensors.words)}")
    else:
        if len(options.quantizer) > 1:
            raise ValueError("the doctor looks at one quantizer at a time")
        if any(getattr(options, name) is not None for name in _OF_TENSORS):
            raise ValueError("--quantized, --codebook-size, --levels, --channels and --stages belong to --indices")
        report = _of_quantizer(options)
        lines = report.lines
        record = asdict(report)
        source = f" ({printable(report.package)})" if report.package else ""
        print(
            f"{printable(report.quantizer)}{source}: {format_bits(report.bits_per_token)} per token of {report.dim} channels, "
            f"on {printable(report.latents)}. Fitted: {report.fit}."
        )
    for line in lines:
        print(_shown(line))
    red = sum(line.verdict == "red" for line in lines)
    yellow = sum(line.verdict == "yellow" for line in lines)
    print(f"{red} red, {yellow} yellow, {len(lines) - red - yellow} green")
    write_json(options.json, record)
    return 1 if red else 0


def _of_quantizer(options: argparse.Namespace) -> Report:
    [reference] = options.quantizer
    latents = None if options.latents is None else Path(options.latents)
    if latents is not None:
        read_latents(latents)  # a wrong file is said before any code runs
    return run_in_worker(
        visit,
        reference,
        options.dim,
        latents,
        options.fit_steps or STEPS,
        seconds=options.time_limit,
        what=reference.place,
    )


def _of_tensors(options: argparse.Namespace) -> TensorReport:
    found = arrange(
        _read(options.indices, "indices"),
        _read(options.latents, "latents"),
        _read(options.quantized, "quantized"),
        options.channels,
        options.stages,
    )
    sizes = read_numbers(options.codebook_size or "", "--codebook-size")
    with check_bar("looking") as tell:
        report, _ = examine_arranged(found, sizes, read_numbers(options.levels or "", "--levels"), tell)
    return report


def _read(text: str | None, role: str) -> StoredTensor | None:
    if text is None:
        return None
    path, name = tensor_place(text)
    return read_tensor(path, name or role)


def _shown(line: Line) -> str:
    """A finding as a paragraph: verdict and check, what was found and on what, and below it the cure."""
    head = f"{line.verdict:<7}{line.check}".ljust(_INDENT - 1) + " "
    found = printable(f"{line.value} ({line.sample})" if line.sample else line.value)
    rows = textwrap.wrap(found, _WIDTH - _INDENT)
    if line.verdict != "green" and line.cure:
        rows += textwrap.wrap(printable(f"→ {line.cure}"), _WIDTH - _INDENT)
    return head + f"\n{' ' * _INDENT}".join(rows)

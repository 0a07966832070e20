"""`python -m rfsq doctor --quantizer FILE.py:NAME`: what is wrong with a quantizer, or with the tensors it left behind."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rfsq.commands.output import add_json, write_json
from rfsq.commands.quantizer import add_quantizer, add_time_limit
from rfsq.evidence.doctor import Line, examine_tensors
from rfsq.evidence.doctor.tensor_files import read_indices, read_latents
from rfsq.evidence.doctor.visit import Report, visit
from rfsq.machine.worker import run_in_worker
from rfsq.quantizers.foreign.fit import STEPS
from rfsq.style.names import printable
from rfsq.style.wording import format_bits

_WIDTH, _INDENT = 118, 42


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_quantizer(parser)
    parser.add_argument("--dim", type=int, help="channels of the latents, where the quantizer does not tell")
    parser.add_argument(
        "--latents",
        type=Path,
        metavar="FILE",
        help="latents (images, channels, h, w), .npy or .safetensors (default: those of a network of the zoo)",
    )
    parser.add_argument("--indices", type=Path, metavar="FILE", help="look at these instead of a quantizer at work")
    parser.add_argument("--quantized", type=Path, metavar="FILE", help="what the indices stand for, beside --indices")
    parser.add_argument(
        "--codebook-size",
        metavar="K,…",
        help="values that an index can take, one number or one per index, for --indices",
    )
    add_time_limit(parser, 600)
    add_json(parser)
    parser.epilog = "Exit code 1 when a line is red."


def run(options: argparse.Namespace) -> int:
    if bool(options.quantizer) == bool(options.indices):
        raise ValueError("say either --quantizer FILE.py:NAME or --indices FILE")
    if options.indices is not None:
        lines = _of_tensors(options)
        record: dict[str, object] = {"indices": str(options.indices)}
    else:
        if len(options.quantizer) > 1:
            raise ValueError("the doctor looks at one quantizer at a time")
        if options.quantized is not None or options.codebook_size is not None:
            raise ValueError("--quantized and --codebook-size belong to --indices")
        report = _of_quantizer(options)
        lines = report.lines
        record = {name: value for name, value in asdict(report).items() if name != "lines"}
        print(
            f"{printable(report.quantizer)}: {format_bits(report.bits_per_token)} per token of {report.dim} channels, "
            f"on {printable(report.latents)}. Fitted: {report.fit}."
        )
    for line in lines:
        print(_shown(line))
    red = sum(line.verdict == "red" for line in lines)
    yellow = sum(line.verdict == "yellow" for line in lines)
    print(f"{red} red, {yellow} yellow, {len(lines) - red - yellow} green")
    write_json(options.json, record | {"lines": [asdict(line) for line in lines]})
    return 1 if red else 0


def _of_quantizer(options: argparse.Namespace) -> Report:
    [reference] = options.quantizer
    if options.latents is not None:
        read_latents(options.latents)  # a wrong file is said before any code runs
    return run_in_worker(
        visit,
        reference,
        options.dim,
        options.latents,
        options.fit_steps or STEPS,
        seconds=options.time_limit,
        what=reference.place,
    )


def _of_tensors(options: argparse.Namespace) -> Sequence[Line]:
    latents = None if options.latents is None else read_latents(options.latents)
    quantized = None if options.quantized is None else read_latents(options.quantized, "quantized")
    if latents is not None and quantized is not None and latents.shape != quantized.shape:
        raise ValueError(
            f"latents have shape {tuple(latents.shape)} and quantized latents {tuple(quantized.shape)}; they must be alike"
        )
    like = latents if latents is not None else quantized
    indices = read_indices(options.indices, None if like is None else (like.shape[0], like.shape[2], like.shape[3]))
    return examine_tensors(indices, latents, quantized, _sizes(options.codebook_size, indices.shape[1]))


def _sizes(text: str | None, count: int) -> tuple[int, ...] | None:
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.isdecimal() and int(part) > 0 for part in parts) or len(parts) not in (1, count):
        raise ValueError(f"--codebook-size is one number or {count}, separated by commas, got {text!r}")
    return tuple(map(int, parts)) * (count if len(parts) == 1 else 1)


def _shown(line: Line) -> str:
    """A finding as a paragraph: verdict and check, what was found and on what, and below it the cure."""
    head = f"{line.verdict:<7}{line.check}".ljust(_INDENT - 1) + " "
    found = printable(f"{line.value} ({line.sample})" if line.sample else line.value)
    rows = textwrap.wrap(found, _WIDTH - _INDENT)
    if line.verdict != "green" and line.cure:
        rows += textwrap.wrap(printable(f"→ {line.cure}"), _WIDTH - _INDENT)
    return head + f"\n{' ' * _INDENT}".join(rows)

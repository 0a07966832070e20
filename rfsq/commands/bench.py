"""`python -m rfsq bench --images DIR --network NAME --stack SPEC … --quantizer FILE.py:NAME …`: stacks, and quantizers of
the user's own, around one network, on the same pictures."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from rfsq.commands.batch import error_records, exit_code, report_errors
from rfsq.commands.evaluate import add_learned
from rfsq.commands.output import add_batch_size, add_device, add_json, write_json
from rfsq.commands.quantizer import add_quantizer, add_time_limit
from rfsq.commands.scores import differences_to, print_differences, print_scores
from rfsq.commands.terminal import sentence
from rfsq.evidence.evaluation import evaluate
from rfsq.evidence.foreign.scores import Bench, bench_names, measure_foreign
from rfsq.evidence.image_folder import image_files, readable_images
from rfsq.evidence.model_scores import Evaluation
from rfsq.evidence.records import as_record
from rfsq.machine.devices import pick_device
from rfsq.machine.worker import WorkerError, run_in_worker
from rfsq.metrics.learned import learned_metrics
from rfsq.model.checkpoint import read_info
from rfsq.model.library import load_model
from rfsq.model.stack import MAX_STACK_CODES, StackSpec
from rfsq.model.zoo import zoo_config
from rfsq.quantizers.foreign.fit import STEPS
from rfsq.style.names import printable

DEFAULT_NETWORK = "continuous-5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="a folder of pictures")
    parser.add_argument(
        "--network",
        default=DEFAULT_NETWORK,
        metavar="NAME",
        help=f"a model of the zoo without quantizer (default: {DEFAULT_NETWORK}), or the .safetensors that `train "
        "--quantizer` wrote, with the same --quantizer",
    )
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        metavar="BASE:key=value,…",
        help="what is fitted to it, as often as you like: fsq:levels=4,stages=4,conditioning=scale · "
        "lfq:stages=8,conditioning=scale · vq:codes=1024,stages=4. Levels: one number, or 8x8x8x4; at most "
        f"{MAX_STACK_CODES} codes. What is left out: stages=1, conditioning=none. The conditioning gain is none with its "
        "best single gain",
    )
    add_quantizer(parser, several=True)
    add_time_limit(parser, 1800)
    add_batch_size(parser)
    add_learned(parser)
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1, got {options.batch_size}")
    if not options.stack and not options.quantizer:
        raise ValueError("say what to measure: --stack or --quantizer, as often as you like")
    trained = options.network.endswith(".safetensors")
    if trained and options.stack:
        raise ValueError("stacks are fitted to networks of the zoo, not to a file; leave out --stack")
    network = read_info(Path(options.network)).config if trained else zoo_config(options.network)
    specs = list(map(StackSpec.parse, options.stack))
    for spec in specs:
        spec.config(network)  # all of them first: a wrong one should not cost an hour
    stacks = {spec.name_on(network.name): spec for spec in specs}
    device = pick_device(options.device)
    files, errors = readable_images(image_files(options.images), progress_bar=True)
    evaluations = _measure_stacks(options, list(stacks), files, device)
    made: dict[str, dict[str, Any]] = {name: {"stack": spec.text} for name, spec in stacks.items()}
    own = _measure_own(options, network.name, files)
    for name, (about, evaluation) in own.items():
        made[name] = about
        if evaluation is not None:
            evaluations[name] = evaluation
    if not evaluations:
        raise ValueError("none of the quantizers could be measured")
    print_scores(evaluations.values())
    _print_fits(own)
    records: list[dict[str, Any]] = [
        (_scores(evaluations[name]) if name in evaluations else {"model": name})
        | about
        | {"network": network.name, "errors": error_records(errors)}
        for name, about in made.items()
    ]
    _compare(evaluations, records, len(files))
    report_errors("bench", errors, options.images)
    write_json(options.json, records)
    return exit_code(files, errors) or int(len(evaluations) < len(made))


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    return as_record(evaluation.scores) | {"notes": evaluation.notes}


Own = dict[str, tuple[dict[str, Any], Evaluation | None]]  # name -> what is said of it, and its scores if it has any


def _measure_own(options: argparse.Namespace, network: str, files: Sequence[Path]) -> Own:
    """The quantizers of the user's own, each in a process of its own; one that fails is named on standard error."""
    bench = Bench(
        options.network,
        tuple(files),
        options.fit_steps or STEPS,
        options.device,
        options.batch_size,
        options.lpips,
        options.st_lpips,
    )
    own: Own = {}
    for name, quantizer in zip(bench_names(network, options.quantizer), options.quantizer, strict=True):
        about: dict[str, Any] = {"quantizer": quantizer.text}
        try:
            scores = run_in_worker(
                measure_foreign, name, quantizer, bench, seconds=options.time_limit, what=quantizer.place
            )
        except WorkerError as error:
            print(f"rfsq bench: {printable(name)}: {sentence(error)}", file=sys.stderr)
            own[name] = (about | {"error": str(error)}, None)
            continue
        facts = {
            "fit": scores.facts.words,
            "fit_seconds": round(scores.facts.seconds, 1),
            "package": scores.package,
        }
        own[name] = (about | facts, scores.evaluation)
    return own


def _measure_stacks(
    options: argparse.Namespace, names: Sequence[str], files: Sequence[Path], device: torch.device
) -> dict[str, Evaluation]:
    learned = learned_metrics(device, options.lpips, options.st_lpips)
    evaluations: dict[str, Evaluation] = {}
    for name in names:
        [evaluations[name]] = evaluate(
            name,
            load_model(name).to(device),
            files,
            device=device,
            batch_size=options.batch_size,
            learned=learned,
            progress_bar=True,
        )
    return evaluations


def _print_fits(own: Own) -> None:
    measured = {name: about for name, (about, evaluation) in own.items() if evaluation is not None}
    if measured:
        print(
            "\nAll stand on latents of the same network, standardised where it was trained without a quantizer. Fitted:"
        )
    for name, about in measured.items():
        print(f"{printable(name)}: {about['fit']} ({about['fit_seconds']:g} s).")


def _compare(evaluations: dict[str, Evaluation], records: Sequence[dict[str, Any]], images: int) -> None:
    """Print how those of equal bits differ from the first of them, and add it to their records."""
    for group in _equal_bits(evaluations):
        reference = next(iter(group))
        found = dict(zip(group, differences_to(group, reference), strict=True))
        for record in records:
            if record["model"] in found:
                record["versus"] = {"model": reference} | found[record["model"]]
        print_differences(reference, found, images)


def _equal_bits(evaluations: dict[str, Evaluation]) -> list[dict[str, Evaluation]]:
    """The stacks by their bits per token, where several have the same; the first of each group is its reference."""
    groups: defaultdict[float | None, dict[str, Evaluation]] = defaultdict(dict)
    for name, evaluation in evaluations.items():
        bits = evaluation.scores.bits_per_token
        groups[None if bits is None else round(bits, 6)][name] = evaluation
    return [group for group in groups.values() if len(group) > 1]

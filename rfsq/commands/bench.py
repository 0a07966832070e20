"""`python -m rfsq bench --images DIR --network NAME --stack SPEC …`: stacks around one network, on the same pictures."""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from rfsq.commands.batch import error_records, exit_code, report_errors
from rfsq.commands.evaluate import add_learned
from rfsq.commands.output import add_device, add_json, write_json
from rfsq.commands.scores import differences_to, print_differences, print_scores
from rfsq.evidence.evaluation import Evaluation, as_record, evaluate, image_files, readable_images
from rfsq.machine.devices import pick_device
from rfsq.metrics.learned import learned_metrics
from rfsq.model.library import load_model
from rfsq.model.stack import StackSpec
from rfsq.model.zoo import zoo_config

DEFAULT_NETWORK = "continuous-5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="a folder of pictures")
    parser.add_argument(
        "--network",
        default=DEFAULT_NETWORK,
        metavar="NAME",
        help=f"a model of the zoo without quantizer (default: {DEFAULT_NETWORK})",
    )
    parser.add_argument(
        "--stack",
        action="append",
        required=True,
        metavar="BASE:key=value,…",
        help="what is fitted to it, as often as you like: fsq:levels=4,stages=4,conditioning=scale · "
        "lfq:stages=8,conditioning=scale · vq:codes=1024,stages=4. Levels: one number, or 8x8x8x4. The conditioning "
        "gain is none with its best single gain",
    )
    parser.add_argument("--batch-size", type=int, default=16)
    add_learned(parser)
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1, got {options.batch_size}")
    network = zoo_config(options.network)
    stacks = {spec.name_on(network.name): spec for spec in map(StackSpec.parse, options.stack)}
    for spec in stacks.values():
        spec.config(network)  # all of them first: a wrong one should not cost an hour
    device = pick_device(options.device)
    files, errors = readable_images(image_files(options.images), progress_bar=True)
    learned = learned_metrics(device, options.lpips, options.st_lpips)
    evaluations: dict[str, Evaluation] = {}
    for name in stacks:
        [evaluations[name]] = evaluate(
            name,
            load_model(name).to(device),
            files,
            device=device,
            batch_size=options.batch_size,
            learned=learned,
            progress_bar=True,
        )
    print_scores(evaluations.values())
    records = [
        as_record(evaluations[name].scores)
        | {"stack": spec.text, "network": network.name, "errors": error_records(errors)}
        for name, spec in stacks.items()
    ]
    for group in _equal_bits(evaluations):
        reference = next(iter(group))
        found = dict(zip(group, differences_to(group, reference), strict=True))
        for record in records:
            if record["model"] in found:
                record["versus"] = {"model": reference} | found[record["model"]]
        print_differences(reference, found, len(files))
    report_errors("bench", errors, options.images)
    write_json(options.json, records)
    return exit_code(files, errors)


def _equal_bits(evaluations: dict[str, Evaluation]) -> list[dict[str, Evaluation]]:
    """The stacks by their bits per token, where several have the same; the first of each group is its reference."""
    groups: defaultdict[float | None, dict[str, Evaluation]] = defaultdict(dict)
    for name, evaluation in evaluations.items():
        bits = evaluation.scores.bits_per_token
        groups[None if bits is None else round(bits, 6)][name] = evaluation
    return [group for group in groups.values() if len(group) > 1]

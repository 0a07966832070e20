"""`python -m rfsq evaluate --images DIR --models NAME,…`, also under `accelerate launch -m`."""

from __future__ import annotations

import argparse
import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from rfsq.commands.batch import error_records, exit_code, report_errors
from rfsq.commands.output import add_batch_size, add_device, add_json, chosen_models, report_path, write_json
from rfsq.commands.scores import differences_to, print_differences, print_scores
from rfsq.evidence.evaluation import evaluate
from rfsq.evidence.image_folder import image_files, readable_images
from rfsq.evidence.model_scores import METRICS, Evaluation
from rfsq.evidence.records import as_record
from rfsq.machine.atomic import write_atomically
from rfsq.machine.devices import pick_device
from rfsq.machine.processes import join_processes
from rfsq.metrics.learned import learned_metrics
from rfsq.model.library import load_model
from rfsq.style.names import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="a folder of pictures")
    parser.add_argument(
        "--models",
        default="all",
        metavar="NAME,…",
        help="models to score (default: all of the zoo); stacks fitted to one (continuous-5.fsq-4-s4-scale) and "
        ".safetensors files as well",
    )
    parser.add_argument("--stages", type=int, metavar="K", help="use the first K stages only (default: all)")
    parser.add_argument("--versus", metavar="NAME", help="also the paired difference of each model to this one of them")
    parser.add_argument(
        "--per-image", type=report_path, metavar="FILE", help="also write the scores of every picture, as CSV"
    )
    add_batch_size(parser)
    add_learned(parser)
    add_device(parser)
    add_json(parser)


def add_learned(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lpips",
        choices=("squeeze", "alex", "vgg"),
        default="squeeze",
        help="network of LPIPS, where its weights are (default: squeeze)",
    )
    parser.add_argument(
        "--st-lpips",
        choices=("alex", "vgg", "both"),
        default="alex",
        help="network of ST-LPIPS; scores of VGG are called st_lpips_vgg (default: alex)",
    )


def run(options: argparse.Namespace) -> int:
    if options.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1, got {options.batch_size}")
    unreadable: dict[Path, str] = {}
    files = image_files(options.images, unreadable)
    names = chosen_models(options.models)
    if options.versus is not None and options.versus not in names:
        raise ValueError(f"--versus must be one of the models that are evaluated, got {options.versus}")
    models = {name: load_model(name) for name in names}  # all of them first: a wrong name should not cost an hour
    for model in models.values():
        model.check_stages(options.stages)
    processes, device = join_processes(pick_device(options.device))
    files, errors = readable_images(files, progress_bar=True, processes=processes)
    errors = unreadable | errors
    learned = learned_metrics(device, options.lpips, options.st_lpips)
    evaluations: dict[str, Evaluation] = {}
    for name, model in models.items():
        [evaluations[name]] = evaluate(
            name,
            model.to(device),
            files,
            device=device,
            batch_size=options.batch_size,
            stages=None if options.stages is None else [options.stages],
            learned=learned,
            progress_bar=True,
            processes=processes,
        )
    if processes.rank == 0:
        _report(evaluations, files, errors, options)
    return exit_code(files, errors)


def _report(
    evaluations: dict[str, Evaluation], files: Sequence[Path], errors: Mapping[Path, str], options: argparse.Namespace
) -> None:
    print_scores(evaluations.values())
    # The result is a list of rows, as it always was; each says which files are not part of its means.
    records = [
        as_record(one.scores) | {"notes": one.notes, "errors": error_records(errors)} for one in evaluations.values()
    ]
    if options.versus is not None:
        for record, differences in zip(records, differences_to(evaluations, options.versus), strict=True):
            record["versus"] = {"model": options.versus} | differences
        print_differences(options.versus, {r["model"]: r["versus"] for r in records}, len(files))
    report_errors("evaluate", errors, options.images)
    write_json(options.json, records)
    if options.per_image is not None:
        names = [printable(file.relative_to(options.images)) for file in files]
        write_atomically(options.per_image, _per_image_csv(evaluations, names).encode())


def _per_image_csv(evaluations: dict[str, Evaluation], names: Sequence[str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["model", "stages", "image", *METRICS])
    for name, evaluation in evaluations.items():
        columns = [evaluation.per_image[metric] for metric in METRICS]
        for image, values in zip(names, zip(*columns, strict=True), strict=True):
            cells = ("" if math.isnan(value) else f"{value:.6g}" for value in values)
            writer.writerow([name, evaluation.scores.stages, image, *cells])
    return text.getvalue()

"""`python -m rfsq results --images DIR`: measure the whole zoo, and write every table and figure that quotes it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from rfsq.commands.batch import exit_code, report_errors
from rfsq.commands.benchmark.models import machine
from rfsq.commands.evaluate import add_learned
from rfsq.commands.output import add_batch_size, add_device, chosen_models, print_table
from rfsq.commands.weighing import weigh_gallery, weigh_test_photos
from rfsq.evidence.evaluation import evaluate, measure_learned
from rfsq.evidence.few_bits.file import few_bits_file, load_few_bits, write_few_bits
from rfsq.evidence.few_bits.measure import measure_few_bits
from rfsq.evidence.few_bits.networks import FewBits
from rfsq.evidence.files.measure import st_lpips_networks
from rfsq.evidence.gallery_scores import float_index_errors, gallery_psnr_db
from rfsq.evidence.image_folder import folder_digest, image_files, readable_images
from rfsq.evidence.loss_search.search import load_search, measure_search, search_file, write_search
from rfsq.evidence.model_scores import SCORES_VERSION
from rfsq.evidence.report import update_documents
from rfsq.evidence.results import (
    ModelResults,
    Results,
    add_results,
    collect,
    load_results,
    read_results,
    results_file,
    with_runs,
    with_scores,
    write_results,
)
from rfsq.evidence.runs import collect_run
from rfsq.evidence.stored import ResultsError
from rfsq.machine.devices import pick_device
from rfsq.machine.processes import ProcessGroup, join_processes
from rfsq.metrics.learned import ST_LPIPS_SCORES, learned_metrics
from rfsq.model.checkpoint import available_models, checkpoints_in, load_checkpoint, read_info, zoo_checkpoint
from rfsq.model.library import load_model
from rfsq.style.names import printable
from rfsq.style.wording import format_number

ONLY = ("fill", "runs", "search", "few-bits")  # options that measure something else than the zoo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="a folder of pictures to measure on (default: only rewrite the documents)",
    )
    parser.add_argument(
        "--again",
        nargs="?",
        const="all",
        metavar="NAME,…",
        help="also measure models whose results are up to date: these, or all",
    )
    parser.add_argument(
        "--files-only",
        nargs="?",
        const="all",
        metavar="NAME,…",
        help="weigh files on the same photos and leave the models' scores as they are: all that is missing, or files of these "
        "models, stacks and formats alone",
    )
    parser.add_argument(
        "--gallery",
        action="store_true",
        help="weigh files on the larger photos that the package ships: low rates, beside other formats",
    )
    parser.add_argument(
        "--fill",
        metavar="NAME,…",
        help="measure nothing but the learned metrics that these models lack, with all stages; or all; needs --images",
    )
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="measure nothing but the checkpoints in DIR: the zoo's models, trained again with other seeds; needs --images",
    )
    parser.add_argument(
        "--search",
        type=Path,
        metavar="DIR",
        help="measure nothing but the checkpoints in DIR, each in a folder of its own name: trainings with other perceptual "
        "terms, which need not be models of the zoo; by ST-LPIPS with both networks; needs --images",
    )
    parser.add_argument(
        "--few-bits",
        type=Path,
        metavar="DIR",
        help="measure nothing but the checkpoints in DIR, each in a folder of its own name, and the stacks that they can be "
        "compared with, fitted to those without a quantizer (`rfsq calibrate --checkpoints DIR` first); needs --images",
    )
    parser.add_argument(
        "--add", type=Path, metavar="FILE", help="add what another machine's results.json says of checkpoints here"
    )
    add_batch_size(parser)
    add_learned(parser)
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    if options.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1, got {options.batch_size}")
    processes, device = join_processes(pick_device(options.device))
    only = _only(options)
    if only is not None and options.images is None:
        raise ValueError(f"{only} needs --images")
    if only is not None and processes.size > 1:
        raise ValueError(f"{only} runs in one process")
    errors: dict[Path, str] = {}
    if options.add is not None and processes.rank == 0:
        known = read_results(results_file())
        write_results(add_results(known, read_results(options.add), _weights()), results_file())
    if options.gallery and processes.rank == 0:
        weigh_gallery(device, again=options.again == "all")
    if options.images is not None:
        found = image_files(options.images, errors)
        files, unreadable = readable_images(found, progress_bar=True, processes=processes)
        errors |= unreadable
        _measure_images(options, files, processes, device)
    if processes.rank:
        return 0
    results = load_results()
    if results is None:
        raise ResultsError("There are no results yet; measure them with --images DIR.")
    _print_scores(results)
    for document in update_documents(results):
        print(f"updated {printable(document)}")
    if options.images is not None:
        report_errors("results", errors, options.images)
    return exit_code(results.models, errors)


def _only(options: argparse.Namespace) -> str | None:
    """The option that measures something else than the zoo, if one is given."""
    return next((f"--{name}" for name in ONLY if getattr(options, name.replace("-", "_"))), None)


def _measure_images(
    options: argparse.Namespace, files: Sequence[Path], processes: ProcessGroup, device: torch.device
) -> None:
    """What the options ask for, on these photos, and the files of the zoo's models beside those of other formats."""
    if options.files_only:
        _same_photos(files)
    elif options.fill:
        _fill(options, files, device)
    elif options.runs:
        _measure_runs(options, files, device)
    elif options.search:
        write_search(measure_search(load_search(), options.search, files, device, options.batch_size), search_file())
    elif options.few_bits:
        learned = learned_metrics(device, options.lpips, options.st_lpips)
        chosen = {name: metric for name, metric in learned.items() if name in ST_LPIPS_SCORES}

        def keep(few: FewBits) -> None:
            write_few_bits(few, few_bits_file())

        measure_few_bits(load_few_bits(), options.few_bits, files, device, options.batch_size, chosen, keep)
    else:
        _measure(options, files, processes, device)
    if processes.rank == 0 and _only(options) is None:
        named = None if options.files_only in (None, "all") else chosen_models(options.files_only)
        again = options.again == "all"
        networks = st_lpips_networks(device, options.st_lpips)
        weigh_test_photos(files, read_results(results_file()), networks, again=again, only=named)


def _print_scores(results: Results) -> None:
    print_table(
        ["model", "bits/token", "L1", "PSNR dB", "95 % interval"],
        [
            [
                name,
                format_number(model.full.bits_per_token, 0),
                format_number(model.full.l1, 4),
                format_number(model.full.psnr_db, 2),
                " … ".join(f"{bound:.2f}" for bound in model.full.intervals.get("psnr_db", ())) or "–",
            ]
            for name, model in results.models.items()
        ],
    )


def _same_photos(files: Sequence[Path]) -> None:
    """Raises ResultsError unless the results are of exactly these photos."""
    results = load_results()
    if results is None or results.folder_sha256 != folder_digest(files):
        raise ResultsError(
            "The results are not of these photos; measure the models on them first, with --images alone."
        )


def _weights() -> dict[str, str]:
    """SHA-256 of the weights of every model of the zoo that is here."""
    return {name: read_info(zoo_checkpoint(name)).weights_sha256 for name in available_models()}


def _fill(options: argparse.Namespace, files: Sequence[Path], device: torch.device) -> None:
    """Measure the learned metrics that are missing, model by model; everything else keeps its bytes."""
    _same_photos(files)
    results = read_results(results_file())
    learned = learned_metrics(device, options.lpips, options.st_lpips)
    for name in [*results.models] if options.fill == "all" else chosen_models(options.fill):
        model = load_model(name).to(device)
        for key, metric in learned.items():
            if metric.measure is None or getattr(results.full(name), key) is not None:
                continue
            scores = measure_learned(
                model, files, metric.measure, device=device, batch_size=options.batch_size, progress_bar=True
            )
            models = {**results.models, name: with_scores(results.models[name], key, scores)}
            results = replace(results, models=models)
            write_results(results, results_file())


def _measure_runs(options: argparse.Namespace, files: Sequence[Path], device: torch.device) -> None:
    """Add the scores of other training runs; the file is written after each, and those that are known are left out."""
    _same_photos(files)
    results = read_results(results_file())
    learned = learned_metrics(device, options.lpips, options.st_lpips)
    for path in checkpoints_in(options.runs):
        checkpoint = load_checkpoint(path)
        name, weights = checkpoint.info.config.name, checkpoint.info.weights_sha256
        if name not in results.models:
            raise ValueError(f"{path}: there are no results of a model called {name}")
        if weights in {run.weights_sha256 for run in results.models[name].runs}:
            continue
        evaluation, *_ = evaluate(
            name,
            checkpoint.model.to(device),
            files,
            device=device,
            batch_size=options.batch_size,
            stages=[checkpoint.model.num_stages],
            learned=learned,
            progress_bar=True,
        )
        run = collect_run(evaluation, checkpoint.info, read_info(zoo_checkpoint(name)))
        results = replace(results, models={**results.models, name: with_runs(results.models[name], [run])})
        write_results(results, results_file())


def _measure(options: argparse.Namespace, files: Sequence[Path], processes: ProcessGroup, device: torch.device) -> None:
    """Measure every model of the zoo with 1 … S stages; the file is written after each, so nothing is lost."""
    folder = printable(options.images.name)
    digest = folder_digest(files)
    learned = learned_metrics(device, options.lpips, options.st_lpips)
    wanted = [name for name, metric in learned.items() if metric.measure is not None]
    here = machine(device)
    earlier = _earlier(digest, here)
    again = [] if options.again is None else chosen_models(options.again)
    if unknown := [name for name in again if name not in available_models()]:
        raise ValueError(f"--again: no model of the zoo that is here is called {printable(unknown[0])}")
    known = {name: model for name, model in _up_to_date(earlier, wanted).items() if name not in again}
    measured: dict[str, ModelResults] = {}
    with torch.inference_mode():
        index_errors = float_index_errors({name: load_model(name) for name in available_models()})
    for name in available_models():
        weights = read_info(zoo_checkpoint(name)).weights_sha256
        if name in known and known[name].weights_sha256 == weights:
            measured[name] = known[name]
            continue
        model = load_model(name)
        gallery = gallery_psnr_db(model)
        evaluations = evaluate(
            name,
            model.to(device),
            files,
            device=device,
            batch_size=options.batch_size,
            stages=range(1, model.num_stages + 1),
            learned=learned,
            progress_bar=True,
            processes=processes,
        )
        measured[name] = collect(evaluations, weights, gallery)
        if name in earlier:
            measured[name] = with_runs(measured[name], earlier[name].runs)
        if processes.rank == 0:
            write_results(
                Results(
                    f"python -m rfsq results --images {folder}",
                    folder,
                    len(files),
                    digest,
                    here,
                    measured | _later(known, measured),
                    index_errors,
                ),
                results_file(),
            )


def _earlier(digest: str, here: Mapping[str, Any]) -> Mapping[str, ModelResults]:
    """What was measured before on the same photos, each model with who measured it where that was another machine."""
    if not results_file().is_file():
        return {}
    results = read_results(results_file())
    if results.folder_sha256 != digest:
        return {}
    if all(results.machine.get(key) == here.get(key) for key in ("processor", "device", "torch")):
        return results.models
    by = {"command": results.command, "machine": results.machine}
    return {name: replace(model, measured_by=model.measured_by or by) for name, model in results.models.items()}


def _up_to_date(earlier: Mapping[str, ModelResults], wanted: Sequence[str]) -> Mapping[str, ModelResults]:
    """Of what was measured before, the models whose scores mean what they mean now, with every metric that can be measured."""
    return {
        name: model
        for name, model in earlier.items()
        if model.scores_version == SCORES_VERSION and all(getattr(model.full, metric) is not None for metric in wanted)
    }


def _later(known: Mapping[str, ModelResults], measured: Mapping[str, ModelResults]) -> dict[str, ModelResults]:
    """What is known of models whose turn has not come yet, so that stopping half-way loses nothing."""
    return {name: model for name, model in known.items() if name not in measured and name in available_models()}

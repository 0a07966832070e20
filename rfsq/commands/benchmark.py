"""`python -m rfsq benchmark`"""

from __future__ import annotations

import argparse

from rfsq import benchmark
from rfsq.commands.output import add_device, add_json, chosen_models, number, print_table, write_json
from rfsq.devices import pick_device

DEFAULT_MODELS = "rfsq-4x1024-none,rfsq-4x1024-scale,rfsq-4x1024-layernorm,rfsq-4x1024-geometric"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=DEFAULT_MODELS, metavar="NAME,…", help="up to four, or all")
    parser.add_argument("--size", type=int, default=256, help="side of the picture in pixels (default 256)")
    parser.add_argument("--repeats", type=int, default=7, help="at least 5 (default 7)")
    parser.add_argument("--large", action="store_true", help="also a 12-megapixel photo and a large codebook (minutes)")
    parser.add_argument("--app", action="store_true", help="also drive the real app in chromium (needs requirements-dev)")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    if options.repeats < 5:
        raise ValueError(f"a median needs at least 5 repeats, got {options.repeats}")
    if not 16 <= options.size <= 2048:
        raise ValueError(f"--size must be 16 … 2048, got {options.size}")
    device = pick_device(options.device)
    models = chosen_models(options.models)
    timings = benchmark.time_steps(models, device=device, size=options.size, repeats=options.repeats)
    if options.large:
        timings += [benchmark.time_large_photo(models[0], repeats=options.repeats),
                    benchmark.time_large_codebook(repeats=options.repeats)]
    if options.app:
        from rfsq.app.benchmark import time_app

        timings += time_app(repeats=options.repeats)
    record = benchmark.as_record(device, timings)
    print(" · ".join(f"{key} {value}" for key, value in record["machine"].items()))
    print_table(["step", "median ms", "fastest", "slowest", "repeats", "peak MB"],
                [[timing.name, number(timing.median_ms, 1), number(timing.fastest_ms, 1), number(timing.slowest_ms, 1),
                  str(timing.repeats), number(timing.peak_mb, 0)] for timing in timings])
    write_json(options.json, record)

"""`python -m rfsq benchmark`"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import torch

from rfsq.commands.benchmark import models as benchmark, peers
from rfsq.commands.benchmark.memory import MemoryCourse
from rfsq.commands.benchmark.pairs import RELEASED, build_pairs
from rfsq.commands.benchmark.waits import time_waits
from rfsq.commands.output import add_device, add_json, chosen_models, print_table, write_json
from rfsq.machine.devices import available_devices, pick_device
from rfsq.style.wording import format_number

CLASS_S = 30.0  # that a class stays
LEAST_FRAMES = 1000  # from which a slope says anything
DEFAULT_MODELS = "rfsq-4x1024-none,rfsq-4x1024-scale,rfsq-4x1024-layernorm,rfsq-4x1024-geometric"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models",
        default=DEFAULT_MODELS,
        metavar="NAME,…",
        help="models to time; all for the whole zoo (default: %(default)s)",
    )
    parser.add_argument("--size", type=int, default=256, metavar="PIXELS", help="side of the picture (default: 256)")
    parser.add_argument(
        "--repeats", type=int, default=7, metavar="N", help="times that each is timed, at least 5 (default: 7)"
    )
    parser.add_argument("--large", action="store_true", help="also a 12-megapixel photo and a large codebook (minutes)")
    parser.add_argument(
        "--all",
        action="store_true",
        help="also what people wait for: a toggle, another photo, live frames, 12 megapixels; the quantizers against "
        "vector-quantize-pytorch, and training; minutes on a CPU, and always where there is a GPU",
    )
    parser.add_argument(
        "--app", action="store_true", help="also drive the real app in chromium (needs requirements-dev)"
    )
    parser.add_argument(
        "--camera",
        action="store_true",
        help="also the page of the live camera in chromium, with its test camera (needs requirements-dev; 90 s)",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="with --camera: go on for so long, 2 … 1440, and tell the server's memory over time with its slope",
    )
    parser.add_argument(
        "--codec", action="store_true", help="also files of two sizes, and the entropy coder alone (minutes)"
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="instead: the quantizers against vector-quantize-pytorch, and our training loop against a "
        "plain one (needs requirements-dev; minutes)",
    )
    parser.add_argument(
        "--viewers",
        metavar="N,…",
        help="instead: classes of so many viewers of the app on this machine, one class after the other, such as 1,25,50",
    )
    parser.add_argument(
        "--frames",
        type=int,
        metavar="N",
        help="instead: so many frames of all sizes through the live camera's socket of the app, 1000 … 1000000, without a "
        "browser, and the server's memory with its slope over the second half",
    )
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    _check(options)
    if options.peers:
        run_peers(options)
    elif options.viewers:
        run_viewers(options)
    elif options.frames:
        run_frames(options)
    else:
        run_steps(options)


def _check(options: argparse.Namespace) -> None:
    if options.repeats < 5:
        raise ValueError(f"a median needs at least 5 repeats, got {options.repeats}")
    if not 16 <= options.size <= 2048:
        raise ValueError(f"--size must be 16 … 2048, got {options.size}")
    if options.minutes is not None and not (options.camera and 2 <= options.minutes <= 1440):
        raise ValueError(f"--minutes goes with --camera and takes 2 … 1440, got {options.minutes:g}")
    if options.frames is not None and not LEAST_FRAMES <= options.frames <= 1_000_000:
        raise ValueError(f"--frames takes {LEAST_FRAMES} … 1000000, got {options.frames}")


def run_steps(options: argparse.Namespace) -> None:
    """Time the steps of models and whatever else was asked for beside them, print and write the times."""
    device = pick_device(options.device)
    models = chosen_models(options.models)
    timings = benchmark.time_steps(models, device=device, size=options.size, repeats=options.repeats)
    comparisons: list[peers.Comparison] = []
    throughputs: list[peers.Throughput] = []
    memory: MemoryCourse | None = None
    if options.all or device.type != "cpu":
        timings += time_waits(models[0], device=device, size=options.size, repeats=options.repeats)
        try:
            comparisons = peers.compare_fsq(device, repeats=options.repeats)
        except ValueError as error:
            print(f"The quantizers are not measured: {error}")
        throughputs = [peers.compare_training(device, repeats=options.repeats)]
    if options.large:
        timings += [
            benchmark.time_large_photo(models[0], repeats=options.repeats),
            benchmark.time_large_codebook(repeats=options.repeats),
        ]
    if options.codec:
        timings += benchmark.time_codec(models[0], repeats=options.repeats)
    if options.app:
        from rfsq.commands.benchmark.app import time_app

        timings += time_app(repeats=options.repeats)
    if options.camera:
        from rfsq.commands.benchmark.camera import time_camera

        live, memory = time_camera(options.minutes or 0.0)
        timings += live
    record = benchmark.as_record(device, timings) | peers.as_rows(comparisons, throughputs)
    if memory is not None:
        record["memory"] = memory.as_record()
    _print_machine(record["machine"])
    _print_timings(timings)
    _print_comparisons(comparisons)
    _print_throughputs(throughputs)
    if memory is not None:
        print_table(["minute", "server's memory MB"], memory.rows())
        print(memory.sentence)
    write_json(options.json, record)


def run_peers(options: argparse.Namespace) -> None:
    """Time, print and write the comparisons; on the CPU and on a GPU where there is one, unless a device is chosen."""
    found = [torch.device(name) for name in ("cpu", "cuda") if name in available_devices()]
    devices = found if options.device == "auto" else [pick_device(options.device)]
    build_pairs()  # if the package is missing, say so now
    machine = benchmark.machine(devices[-1])
    comparisons = [row for device in devices for row in peers.compare_all(device, repeats=options.repeats)]
    copies = [peers.copy_speed(device, options.repeats) for device in devices]
    throughputs = [peers.compare_training(device, repeats=options.repeats) for device in devices]
    _print_machine(machine | peers.package_versions())
    _print_comparisons(comparisons)
    for note in dict.fromkeys(f"{row.name}: {row.note}" for row in comparisons if row.note):
        print(note)
    for device in devices:
        print(f"MB on {device.type}: {peers.MEMORY_METHODS.get(device.type, 'not measured')}")
    for copy in copies:
        print(
            f"copy on {copy.device}: {copy.gb_per_s:.1f} GB/s read and written, the bound of anything that only moves data"
        )
    _print_throughputs(throughputs)
    write_json(options.json, {"machine": machine} | peers.as_record(comparisons, copies, throughputs))


def run_viewers(options: argparse.Namespace) -> None:
    """Let classes use the app, print how long they waited and the memory of the server. Raises ValueError after errors."""
    from rfsq.commands.benchmark import viewers

    try:
        sizes = [int(size) for size in options.viewers.split(",")]
    except ValueError:
        sizes = []
    if not sizes or not all(1 <= size <= 500 for size in sizes):
        raise ValueError(f"--viewers takes counts of 1 … 500, such as 1,25,50, got {options.viewers!r}")
    classes = viewers.time_class(sizes, CLASS_S)
    machine = benchmark.machine(pick_device("cpu"))
    _print_machine(machine)
    print_table(viewers.COLUMNS, [row for one in classes for row in one.rows()])
    for one in classes:
        before, most, after = one.memory_mb
        print(f"{one.viewers} viewers: memory {before:.0f} MB before, {most:.0f} MB at most, {after:.0f} MB after")
    write_json(options.json, {"machine": machine, "classes": [asdict(one) for one in classes]})
    if errors := [error for one in classes for error in one.errors]:
        raise ValueError(f"{len(errors)} errors, the first: {errors[0]}")


def run_frames(options: argparse.Namespace) -> None:
    """Send frames to the app, print and write the memory of its server."""
    from rfsq.commands.benchmark.frames import send_frames

    course = send_frames(options.frames)
    machine = benchmark.machine(pick_device("cpu"))
    _print_machine(machine)
    print_table(["frames", "server's memory MB"], course.rows())
    print(course.sentence)
    write_json(options.json, {"machine": machine, "memory": course.as_record()})


def _print_machine(facts: Mapping[str, object]) -> None:
    print(" · ".join(f"{key} {value}" for key, value in facts.items()))


def _print_timings(timings: Sequence[benchmark.Timing]) -> None:
    print_table(
        ["step", "median ms", "fastest", "slowest", "p95", "repeats", "peak MB"],
        [
            [
                timing.name,
                format_number(timing.median_ms, 1),
                format_number(timing.fastest_ms, 1),
                format_number(timing.slowest_ms, 1),
                format_number(timing.p95_ms, 1),
                str(timing.repeats),
                format_number(timing.peak_mb, 0),
            ]
            for timing in timings
        ],
    )


def _print_comparisons(comparisons: Sequence[peers.Comparison]) -> None:
    if not comparisons:
        return
    print(f"released code: {RELEASED}")
    print_table(
        [
            "quantizer",
            "mode",
            "device",
            "against",
            "ours ms",
            "theirs ms",
            "times as fast",
            "ours MB",
            "theirs MB",
            "ours/theirs",
            "repeats",
        ],
        [
            [
                row.name,
                row.mode,
                row.device,
                "released code" if row.against == RELEASED else row.against,
                format_number(row.ours_ms, 2),
                format_number(row.peer_ms, 2),
                f"{row.speed_ratio:.2f}×",
                format_number(row.ours_mb, 2),
                format_number(row.peer_mb, 2),
                format_number(row.memory_ratio, 3),
                str(row.repeats),
            ]
            for row in comparisons
        ],
    )


def _print_throughputs(throughputs: Sequence[peers.Throughput]) -> None:
    for row in throughputs:
        print(
            f"training {row.model} on {row.device}, batch {row.batch_size} of {row.side}²: our loop's settings "
            f"{row.ours_images_per_s:.0f} images/s, plain float32 {row.plain_images_per_s:.0f}, {row.ratio:.2f}×"
        )

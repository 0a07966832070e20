"""Tables of what `benchmark` measured, for the documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rfsq.evidence.stored import read_stored
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.style.tables import Table
from rfsq.style.wording import format_number

T = TypeVar("T")

LIBRARY = "vector-quantize-pytorch"


@dataclass(frozen=True)
class _Peers:
    """What the measurements on one device say."""

    rows: list[list[str]]
    trainings: list[str]
    source: str


@dataclass(frozen=True)
class _Waits:
    """Likewise."""

    cells: dict[str, str]  # by the names of the rows
    source: str


def peers_table() -> str:
    """Our quantizers and training loop against others', as `benchmark --peers` measured them; empty if it has not.

    One table of all devices: `peers.json` beside the checkpoints, and `peers-DEVICE.json` of others. Raises ResultsError for
    a damaged one.
    """
    found = _measured("peers", _peers)
    rows = [row for peers in found for row in peers.rows]
    if not rows:
        return ""
    titles = ["quantizer", "mode", "device", "against", "ours ms", "theirs ms", "times as fast", "ours MB", "theirs MB"]
    lines = [Table.of([*titles, "ours/theirs memory"], rows).markdown(), ""]
    lines += [line for peers in found for line in peers.trainings]
    return "\n".join([*lines, *(peers.source for peers in found)]) + "\n"


def _peers(record: Mapping[str, Any]) -> _Peers:
    rows = [
        [
            row["name"],
            row["mode"],
            row["device"],
            "library" if row.get("against", LIBRARY) == LIBRARY else "released code",
            _milliseconds(row["ours_ms"]),
            _milliseconds(row["peer_ms"]),
            f"{row['speed_ratio']:.1f}×",
            format_number(row["ours_mb"], 1),
            format_number(row["peer_mb"], 1),
            format_number(row["memory_ratio"], 2),
        ]
        for row in record["comparisons"]
    ]
    trainings = [
        f"Training of `{row['model']}` on {row['device']} (batch {row['batch_size']} of {row['side']}²): our loop's settings "
        f"{row['ours_images_per_s']:.0f} images/s, a plain float32 loop {row['plain_images_per_s']:.0f}: "
        f"{row['ratio']:.1f}×."
        for row in record["throughputs"]
    ]
    machine, packages = record["machine"], record["packages"]
    source = (
        f"Measured on {machine['processor']}, {machine['device']}, torch {packages['torch']}, "
        f"vector-quantize-pytorch {packages['vector-quantize-pytorch']}; medians of calls that take turns."
    )
    return _Peers(rows, trainings, source)


def waits_table() -> str:
    """What people wait for on a CPU and on a GPU, as `benchmark --all` measured it; empty without a measurement.

    From `benchmark-cpu.json` and `benchmark-cuda.json` beside the checkpoints; "not measured" where one has no such row.
    Raises ResultsError for a damaged one.
    """
    found = {device: next(iter(_measured(f"benchmark-{device}", _waits)), None) for device in ("cpu", "cuda")}
    cells = {device: waits.cells if waits else {} for device, waits in found.items()}
    names = list(dict.fromkeys(name for known in cells.values() for name in known))
    if not names:
        return ""
    rows = [[name, *(cells[device].get(name, "not measured") for device in cells)] for name in names]
    lines = [Table.of(["median, ms unless said otherwise", "CPU", "GPU"], rows).markdown(), ""]
    for kind, waits in (("CPU", found["cpu"]), ("GPU", found["cuda"])):
        lines.append(f"{kind}: {waits.source if waits else 'not measured'}.")
    return "\n".join(lines) + "\n"


def _waits(record: Mapping[str, Any]) -> _Waits:
    cells = {}
    for row in record["timings"]:
        cells[row["name"]] = _milliseconds(row["median_ms"])
        if row.get("p95_ms") is not None:
            rate = 1e3 * len(row["times_ms"]) / sum(row["times_ms"])
            cells[row["name"]] += f", p95 {_milliseconds(row['p95_ms'])}: {rate:.0f} frames/s"
    for row in record.get("throughputs", ()):
        name = f"training {row['model']}, batch {row['batch_size']} of {row['side']}²"
        cells[name] = f"{row['ours_images_per_s']:.0f} images/s"
    facts = record["machine"]
    threads = f"{facts['threads']} thread{'' if facts['threads'] == 1 else 's'}"
    where = threads if facts["device"].startswith("CPU") else f"{facts['device']}, {threads} on the CPU"
    return _Waits(cells, f"{facts['processor']}, {where}, torch {facts['torch']}")


def _measured(name: str, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """What `benchmark --json` wrote beside the checkpoints under this name, and under it with the name of a device."""
    found = sorted(checkpoint_folder().glob(f"{name}*.json"), key=lambda file: (len(file.name), file.name))
    return [read_stored(file, read, format=None) for file in found]


def _milliseconds(value: float) -> str:
    return format_number(value, 2 if value < 10 else 1)

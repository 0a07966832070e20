"""log.csv of a training run: what stands in a row, and a file that a resumed run continues."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from rfsq.machine.atomic import write_atomically
from rfsq.metrics import image as metrics
from rfsq.quantizers.usage import perplexity
from rfsq.training.state import Progress
from rfsq.training.step import StepResult


def measured_row(
    taken: StepResult,
    images: Tensor,
    progress: Progress,
    rate: float,
    gather: Callable[[Tensor], Tensor],
) -> dict[str, float]:
    """A row of the log, over the global batch.

    images: (B, 3, H, W) in [-1, 1], this process's part; rate: images a second; `gather` puts the parts of all processes
    together, in all of them.
    """
    output = taken.output
    pictures = output.images.detach().clamp(-1, 1)

    def mean(values: Tensor) -> float:
        return gather(values).mean().item()

    row = {
        "step": progress.step,
        "epoch": progress.epoch,
        "seconds": round(progress.seconds, 2),
        "loss": mean(taken.loss),
        "l1": mean(metrics.l1(pictures, images)),
        "psnr_db": mean(metrics.psnr_db(pictures, images)),
        "grad_norm": float(taken.norm),
        "images_per_second": rate,
    }
    stages = output.quantizer.stages if output.quantizer is not None else ()
    if stages:
        row["rms_0"] = mean(stages[0].rms_before)
    for number, stage in enumerate(stages, start=1):
        row[f"rms_{number}"] = mean(stage.rms_after)
        row[f"perplexity_{number}"] = perplexity(gather(stage.indices))
    return row


def summary(row: Mapping[str, float]) -> str:
    """A row in a few words, for the progress bar."""
    norms = " → ".join(f"{row[key]:.3f}" for key in row if key.startswith("rms_"))
    return (
        f"loss {row['loss']:.4f} · {row['psnr_db']:.1f} dB · "
        + (f"residual {norms} · " if norms else "")
        + f"{row['images_per_second']:.0f} images/s"
    )


class RunLog:
    """A CSV file that a resumed run continues; rows after the point of resuming are dropped."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        rows = []
        if path.exists() and step:
            with path.open(newline="") as file:
                rows = [row for row in csv.DictReader(file) if _is_whole(row) and int(row["step"]) <= step]
        text = io.StringIO(newline="")
        if rows:
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        write_atomically(path, text.getvalue().encode())
        self._has_header = bool(rows)

    def write(self, row: Mapping[str, float]) -> None:
        """Add a row; the first one gives the columns."""
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if not self._has_header:
                writer.writeheader()
                self._has_header = True
            writer.writerow({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()})


def _is_whole(row: dict[str, Any]) -> bool:
    """Whether a row of the log has all its values; the one that was being written at a kill may not."""
    return None not in row and None not in row.values() and row.get("step", "").isdecimal()

"""Few bits: networks of stride 8 trained together with their stack, against the same stack fitted to a network afterwards.

`checkpoints/few-bits.json` holds a score per photo. The networks of these rows are not in the zoo and their weights are not
kept; the file says how each was measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rfsq.evidence.results import known_difference
from rfsq.evidence.statements import NO_FINDING_DB, Finding, gap
from rfsq.evidence.stored import load_stored
from rfsq.machine.atomic import write_atomically
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.model.stack import StackSpec
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_signed

FORMAT: Final = 1
PIXELS: Final = 64  # of a block
_METRICS: Final = ("psnr_db", "st_lpips")

Scores = Mapping[str, tuple[float, ...]]  # metric -> one score per photo


@dataclass(frozen=True)
class FewBits:
    """What was measured. Photos of `together` are all of the folder, those of `noise` every fourth."""

    together: Mapping[
        str, tuple[Scores, Scores | None]
    ]  # stack -> fitted afterwards, trained together (None: it was not)
    noise: Mapping[str, tuple[Scores, Scores]]  # stack -> fitted to a network trained without noise, and with it
    how: str
    folder_sha256: str

    @property
    def photos(self) -> int:
        return len(next(iter(self.together.values()))[0]["psnr_db"])

    def bought(self, stack: str, metric: str = "psnr_db") -> Interval | None:
        """Trained together − fitted afterwards, paired; None where the stack was only fitted."""
        fitted, trained = self.together[stack]
        return None if trained is None else known_difference(trained[metric], fitted[metric])

    def helped(self, stack: str, metric: str = "psnr_db") -> Interval:
        """With noise − without, paired."""
        without, noisy = self.noise[stack]
        return known_difference(noisy[metric], without[metric])


def few_bits_file() -> Path:
    """Where it is: beside the checkpoints."""
    return checkpoint_folder() / "few-bits.json"


def write_few_bits(few: FewBits, path: Path) -> None:
    write_atomically(path, (json.dumps({"format": FORMAT} | vars(few), ensure_ascii=False) + "\n").encode())


def load_few_bits() -> FewBits | None:
    """What is beside the checkpoints, None if nothing is. Raises ResultsError if it is damaged."""
    return load_stored(few_bits_file(), _few_bits, format=FORMAT)


def _few_bits(record: Mapping[str, Any]) -> FewBits:
    together = {
        StackSpec.parse(stack).text: (_scores(fitted), None if trained is None else _scores(trained))
        for stack, (fitted, trained) in record["together"].items()
    }
    noise = {
        StackSpec.parse(stack).text: (_scores(without), _scores(noisy))
        for stack, (without, noisy) in record["noise"].items()
    }
    if not together:
        raise ValueError("there are no rows")
    for rows in (together, noise):
        if len({len(one["psnr_db"]) for pair in rows.values() for one in pair if one is not None}) > 1:
            raise ValueError("the rows are not of the same photos")
    return FewBits(together, noise, str(record["how"]), str(record["folder_sha256"]))


def few_bits_finding(few: FewBits) -> Finding:
    """What training together buys, stack by stack."""
    bought = {stack: found for stack in few.together if (found := few.bought(stack)) is not None}
    named = {StackSpec.parse(stack).conditioning: found for stack, found in bought.items()}
    none, others = named.pop("none"), named
    least, most = (pick(found.mean for found in others.values()) for pick in (min, max))
    spread = format_signed(least, 2) if len(others) == 1 else f"{format_signed(least, 2)} to {format_signed(most, 2)}"
    lines = [f"{name} {gap(found)} and ST-LPIPS {_small(few, name)}" for name, found in others.items()]
    return Finding(
        "few-bits",
        f"At blocks of 8×8 pixels training together buys {format_signed(none.mean, 1)} dB for none and {spread} dB for a "
        "conditioned stack",
        f"40 bits per token, {40 / PIXELS:.3f} bpp, L1 + 0.1 × ST-LPIPS (AlexNet), trained together − fitted "
        f"afterwards to a network of the same width: {'; '.join(lines)}; none {gap(none)} and ST-LPIPS {_small(few, 'none')}. "
        f"{few.photos} photos, one training run each, so less than {NO_FINDING_DB} dB says nothing.",
        (),
    )


def latent_noise_finding(few: FewBits) -> Finding:
    """Whether noise on the latents in training helps stacks that are fitted afterwards."""
    found = {stack: few.helped(stack) for stack in few.noise}
    psnr = sum(interval.low > 0 for interval in found.values())
    felt = sum(few.helped(stack, "st_lpips").high < 0 for stack in few.noise)
    photos = len(next(iter(few.noise.values()))[0]["psnr_db"])
    lines = "; ".join(
        f"{_short(stack)} {gap(interval)}, ST-LPIPS {_signed(few.helped(stack, 'st_lpips'))}"
        for stack, interval in found.items()
    )
    return Finding(
        "latent-noise",
        f"Noise on the latents in training helps {psnr} of {len(found)} fitted stacks in PSNR, and {felt} in ST-LPIPS (AlexNet)",
        f"PSNR of the stack fitted to the network with noise − without: {lines}. {photos} photos, one training run each.",
        (),
    )


def few_bits_table(few: FewBits) -> Table:
    """A row per stack: fitted, trained together, and the difference."""
    rows = []
    for stack, (fitted, trained) in few.together.items():
        cells = [StackSpec.parse(stack).conditioning]
        for metric, decimals in zip(_METRICS, (2, 4), strict=True):
            found = few.bought(stack, metric)
            cells += [_mean(fitted, metric, decimals), MISSING if trained is None else _mean(trained, metric, decimals)]
            cells.append(MISSING if found is None else _signed(found, decimals))
        rows.append(cells)
    header = [f"{name}, {which}" for name in ("PSNR dB", "ST-LPIPS") for which in ("fitted", "together", "difference")]
    return Table.of(["4 stages of 4 levels", *header], rows)


def _mean(scores: Scores, metric: str, decimals: int) -> str:
    return f"{sum(scores[metric]) / len(scores[metric]):.{decimals}f}"


def _small(few: FewBits, conditioning: str) -> str:
    stack = next(one for one in few.together if StackSpec.parse(one).conditioning == conditioning)
    found = few.bought(stack, "st_lpips")
    return MISSING if found is None else _signed(found)


def _signed(interval: Interval, decimals: int = 4) -> str:
    low, high = (format_signed(bound, decimals) for bound in (interval.low, interval.high))
    return f"{format_signed(interval.mean, decimals)} [{low}, {high}]"


def _short(stack: str) -> str:
    spec = StackSpec.parse(stack)
    return f"{spec.stages} × {spec.levels[0]} levels {spec.conditioning}"


def _scores(record: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    scores = {metric: tuple(float(value) for value in record[metric]) for metric in _METRICS}
    if len({len(values) for values in scores.values()}) != 1 or not scores["psnr_db"]:
        raise ValueError("the metrics are not of the same photos")
    return scores

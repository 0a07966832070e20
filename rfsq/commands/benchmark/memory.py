"""Memory of a process over time, and whether it grows."""

from __future__ import annotations

import math
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rfsq.style.wording import format_number, format_signed

WARM_S: Final = 60.0  # at the beginning, in which what is used for the first time is loaded


@dataclass(frozen=True)
class MemoryCourse:
    """Resident memory of a process, look by look."""

    seconds: tuple[float, ...]  # since the first look, ascending
    mb: tuple[float, ...]  # 1 MB = 10⁶ bytes

    @property
    def counted(self) -> tuple[list[float], list[float]]:
        """Minutes and MB of the looks after the first minute."""
        looks = [(at / 60, mb) for at, mb in zip(self.seconds, self.mb, strict=True) if at >= WARM_S]
        return [at for at, _ in looks], [mb for _, mb in looks]

    @property
    def slope(self) -> float:
        """MB per minute: the straight line of least squares through the looks after the first minute; NaN for less than two."""
        minutes, mb = self.counted
        return statistics.linear_regression(minutes, mb).slope if len(set(minutes)) > 1 else math.nan

    @property
    def sentence(self) -> str:
        """What was measured, with its method."""
        _, mb = self.counted
        if not mb:
            return "The server's memory was not looked at after the first minute."
        return (
            f"The server's memory after the first minute: {mb[0]:.0f} MB; at the end, after {self.seconds[-1] / 60:.1f} minutes: "
            f"{mb[-1]:.0f} MB; between {min(mb):.0f} and {max(mb):.0f} MB. Slope {format_signed(self.slope, 3)} MB a minute "
            f"(least squares, {len(mb)} looks, first minute left out)."
        )

    def rows(self, most: int = 20) -> list[list[str]]:
        """Minute and MB of up to `most` looks, the first and the last among them."""
        last = len(self.mb) - 1
        chosen = sorted({round(last * place / (most - 1)) for place in range(most)}) if last >= 0 else []
        return [[format_number(self.seconds[at] / 60, 1), format_number(self.mb[at], 0)] for at in chosen]

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "seconds": [round(at, 1) for at in self.seconds],
            "resident_mb": [round(mb, 2) for mb in self.mb],
            "slope_mb_per_minute": self.slope if math.isfinite(self.slope) else None,
            "method": "least squares over the looks after the first minute",
        }


def follow(pid: int, seconds: float, pause: Callable[[], object]) -> MemoryCourse:
    """Look at the memory of a process for so long; `pause` waits from one look to the next.

    Raises ValueError where the system does not tell, or the process has ended.
    """
    began, looks = time.monotonic(), []
    while True:
        looks.append((time.monotonic() - began, resident_mb(pid)))
        if math.isnan(looks[-1][1]):
            raise ValueError("the server's memory cannot be read: it has ended, or this system has no /proc")
        if looks[-1][0] >= seconds:
            return MemoryCourse(tuple(at for at, _ in looks), tuple(mb for _, mb in looks))
        pause()


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB; NaN where the system has no /proc."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return math.nan
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) * 1024 / 1e6 if found else math.nan

"""The learned metrics that can be measured here, by the names of their scores, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from rfsq.metrics.lpips import Lpips, LpipsNet, load_lpips, lpips_status
from rfsq.metrics.st_lpips import StLpips, StLpipsNet, StLpipsUnavailable, load_st_lpips


@dataclass(frozen=True)
class LearnedMetric:
    """A metric with its weights, or the sentence that says why there is none."""

    measure: Lpips | StLpips | None
    reason: str = ""


NOT_ASKED: Mapping[str, LearnedMetric] = {
    "lpips": LearnedMetric(None, "LPIPS was not asked for."),
    "st_lpips": LearnedMetric(None, "ST-LPIPS was not asked for."),
}


def learned_metrics(
    device: torch.device, lpips: LpipsNet = "squeeze", st_lpips: StLpipsNet = "alex"
) -> dict[str, LearnedMetric]:
    """All of them with one network each, on a device. Never uses the network."""
    status = lpips_status(lpips)
    found = {
        "lpips": LearnedMetric(load_lpips(lpips).to(device))
        if status.available
        else LearnedMetric(None, status.reason or "")
    }
    try:
        found["st_lpips"] = LearnedMetric(load_st_lpips(st_lpips).to(device))
    except StLpipsUnavailable as error:
        found["st_lpips"] = LearnedMetric(None, f"Not measured: {error}")
    return found

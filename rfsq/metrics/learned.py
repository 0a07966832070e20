"""The learned metrics that can be measured here, by the names of their scores, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import torch

from rfsq.metrics.lpips import Lpips, LpipsNet, load_lpips, lpips_status
from rfsq.metrics.st_lpips import StLpips, StLpipsNet, StLpipsUnavailable, load_st_lpips


@dataclass(frozen=True)
class LearnedMetric:
    """A metric with its weights, or the sentence that says why there is none; an extra that was not asked for has neither."""

    measure: Lpips | StLpips | None
    reason: str = ""


NOT_ASKED: Mapping[str, LearnedMetric] = {
    "lpips": LearnedMetric(None, "LPIPS was not asked for."),
    "st_lpips": LearnedMetric(None, "ST-LPIPS (AlexNet) was not asked for."),
    "st_lpips_vgg": LearnedMetric(None),
}
StLpipsChoice = Literal["alex", "vgg", "both"]
BOTH_NETWORKS: Final = "--st-lpips both"  # the option of commands that measure by both
StLpipsScore = Literal["st_lpips", "st_lpips_vgg"]
ST_LPIPS_SCORES: Mapping[StLpipsScore, StLpipsNet] = {"st_lpips": "alex", "st_lpips_vgg": "vgg"}


def learned_metrics(
    device: torch.device, lpips: LpipsNet = "squeeze", st_lpips: StLpipsChoice = "alex"
) -> dict[str, LearnedMetric]:
    """LPIPS with one network, and ST-LPIPS with one or both, each a score of its own, on a device. Never uses the internet."""
    status = lpips_status(lpips)
    found = {
        "lpips": LearnedMetric(load_lpips(lpips).to(device))
        if status.available
        else LearnedMetric(None, status.reason or "")
    }
    for score, net in ST_LPIPS_SCORES.items():
        if st_lpips not in (net, "both"):
            continue
        try:
            found[score] = LearnedMetric(load_st_lpips(net).to(device))
        except StLpipsUnavailable as error:
            found[score] = LearnedMetric(None, f"Not measured: {error}")
    return found

"""The scores that charts show, and how each is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rfsq.figures.parts import Part, even_digits, round_ticks
from rfsq.style.wording import format_db, format_score


@dataclass(frozen=True)
class Metric:
    """A score and how to write it."""

    key: str  # field of ModelScores
    short: str
    name: str
    higher_is_better: bool
    write: Callable[[float], str]

    @property
    def direction(self) -> str:
        return "higher is better" if self.higher_is_better else "lower is better"

    def axis(self, low: float, high: float) -> Part:
        """The range of an axis, and round numbers in it as the score is written."""
        ticks = round_ticks(low, high)
        return {
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [even_digits(self.write(tick)) for tick in ticks],
        }


METRICS = {
    metric.key: metric
    for metric in (
        Metric("psnr_db", "PSNR", "PSNR, dB", True, lambda value: format_db(value).removesuffix("dB").strip()),
        Metric("l1", "L1", "L1 on [−1, 1]", False, lambda value: f"{value:.4f}"),
        Metric("ssim", "SSIM", "SSIM", True, format_score),
        Metric("ms_ssim", "MS-SSIM", "MS-SSIM", True, format_score),
        Metric("flip", "ꟻLIP", "ꟻLIP", False, format_score),
        Metric("lpips", "LPIPS", "LPIPS", False, format_score),
        Metric("st_lpips", "ST-LPIPS", "ST-LPIPS (AlexNet)", False, format_score),
        Metric("st_lpips_vgg", "ST-LPIPS VGG", "ST-LPIPS (VGG)", False, format_score),
    )
}

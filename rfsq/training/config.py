"""The recipe of a training."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from rfsq.model.json_config import ADDED_LATER, JsonConfig


@dataclass(frozen=True)
class TrainConfig(JsonConfig):
    """The recipe. The defaults are the ones that all shipped models share (chosen in checkpoints/README.md).

    Raises ValueError when a value makes no sense. `rfsq train --help` tells what each field is and where the zoo differs.
    """

    epochs: int = 10
    batch_size: int = 32
    crop: int = 24  # side of the random training crops, a multiple of 4
    learning_rate: float = 3e-3  # peak of the one-cycle schedule
    warmup: float = 0.05  # share of the steps in which the rate rises
    clip_norm: float = 1.0  # gradients are scaled down to this norm
    ssim_weight: float = 0.0  # weight of 1 − SSIM beside the L1 loss
    lpips_weight: float = 0.0  # weight of LPIPS(VGG), which needs its downloaded weights
    flip: bool = True  # mirror half of the photos
    seed: int = 0
    stage_dropout: float = 0.0  # share of the images that keep only a random number of their first stages
    precision: Literal["bf16", "fp32"] = "bf16"
    st_lpips_weight: float = field(default=0.0, metadata=ADDED_LATER)  # weight of ST-LPIPS beside the L1 loss
    st_lpips_net: Literal["alex", "vgg"] = field(default="alex", metadata=ADDED_LATER)
    # Of continuous models: the most noise that is added, in standard deviations of the latents.
    latent_noise: float = field(default=0.0, metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        self.check_types()
        for name in ("epochs", "batch_size", "learning_rate", "clip_norm"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.crop < 4 or self.crop % 4:
            raise ValueError(f"crop must be a multiple of 4, got {self.crop}")
        if not 0 <= self.warmup < 1:
            raise ValueError(f"warmup must be in [0, 1), got {self.warmup}")
        for weight in (self.ssim_weight, self.lpips_weight, self.st_lpips_weight):
            if not 0 <= weight < math.inf:
                raise ValueError(f"loss weights must not be negative, got {weight}")
        if self.st_lpips_net not in ("alex", "vgg"):
            raise ValueError(f"st_lpips_net must be alex or vgg, got {self.st_lpips_net!r}")
        if not 0 <= self.latent_noise <= 10:
            raise ValueError(f"latent_noise must be in [0, 10], got {self.latent_noise}")
        if not 0 <= self.stage_dropout <= 1:
            raise ValueError(f"stage_dropout must be in [0, 1], got {self.stage_dropout}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must be 0 … 2^63 - 1, got {self.seed}")
        if self.precision not in ("bf16", "fp32"):
            raise ValueError(f"precision must be bf16 or fp32, got {self.precision!r}")

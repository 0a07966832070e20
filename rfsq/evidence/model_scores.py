"""Scores of a model: which there are, and what they are the means of. `evaluation` measures them, `records` keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field

METRICS = ("l1", "psnr_db", "ssim", "ms_ssim", "flip", "lpips", "st_lpips", "st_lpips_vgg")
OPTIONAL = ("st_lpips", "st_lpips_vgg")  # metrics that records need not have
# Of what the scores mean: raised where one is defined anew, so that older results are measured again.
SCORES_VERSION = 1


@dataclass(frozen=True)
class ModelScores:
    """Means over the images; None where a figure cannot be measured, with the reason in `not_measured`."""

    model: str
    images: int
    stages: int
    l1: float | None  # on the [-1, 1] scale
    psnr_db: float | None
    ssim: float | None
    ms_ssim: float | None
    flip: float | None
    lpips: float | None
    bits_per_token: float | None  # nominal; None for a continuous model
    bpp_nominal: float | None  # side information counted
    bpp_entropy: float | None  # zeroth-order entropy of the indices of each stage, side information counted
    side_bytes_per_image: float
    perplexity: tuple[float | None, ...]  # per stage, over all images; None for codebooks too large to count
    usage: tuple[float | None, ...]  # share of the codebook seen, 0 … 1, per stage; None likewise
    entropy_bits: tuple[float | None, ...]  # per stage; summed over the channels where a codebook is too large to count
    # One number for the latents, then one for what each stage leaves of them: RMS, mean over images; None where not shown.
    residual_rms: tuple[float | None, ...]
    signal_to_step: tuple[float | None, ...]  # per stage: RMS of what is rounded ÷ distance of the levels; None for VQ
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)  # 95 % bootstrap, per metric
    not_measured: dict[str, str] = field(default_factory=dict)
    st_lpips: float | None = None  # AlexNet; None without a reason: measured before there was this metric
    st_lpips_vgg: float | None = None  # None without a reason: not asked for


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model at one number of stages, and what they are the means of."""

    scores: ModelScores
    # Metric -> one score per image, in the order of the files; NaN where missing.
    per_image: dict[str, tuple[float, ...]]
    notes: dict[str, str] = field(default_factory=dict)  # why a score that was measured says little, by its name

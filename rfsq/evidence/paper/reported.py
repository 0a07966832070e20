"""What the paper reports: the table of arXiv:2508.15860v1, with the bits per token of its later versions.

Version 1 (August 2025) calls all nine models 12 bit, and its abstract has the 28.7 % less L1. Version 2 adds audio; version 3
is framed around speech coding and makes the statistics of LayerNorm constants of the model. Both say 22 and 40 bits, and
their abstracts compare LayerNorm with no conditioning (9.7 % less L1) instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperRow:
    """One row of the paper's table. Its pixel scale is not stated, so its L1 and PSNR have no scale of ours."""

    model: str  # our model of the same quantizer, levels, stages and conditioning
    bits_per_token: int
    l1: float
    lpips: float
    psnr_db: float


TABLE = (
    PaperRow("vq-4096", 12, 0.355, 0.489, 12.7),
    PaperRow("lfq-12", 12, 0.241, 0.361, 16.0),
    PaperRow("fsq-8x8x8x8", 12, 0.143, 0.182, 20.3),
    PaperRow("rfsq-2x2048-none", 22, 0.130, 0.159, 21.1),
    PaperRow("rfsq-2x2048-scale", 22, 0.122, 0.152, 21.5),
    PaperRow("rfsq-2x2048-layernorm", 22, 0.124, 0.148, 21.3),
    PaperRow("rfsq-4x1024-none", 40, 0.113, 0.121, 22.2),
    PaperRow("rfsq-4x1024-scale", 40, 0.103, 0.101, 22.9),
    PaperRow("rfsq-4x1024-layernorm", 40, 0.102, 0.100, 22.9),
)
ROWS = {row.model: row for row in TABLE}

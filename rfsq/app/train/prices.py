"""What a token costs with each quantizer that can be trained."""

from __future__ import annotations

from functools import cache

from rfsq.app.shared.own_models import nominal_bits
from rfsq.model.zoo import ZOO
from rfsq.style.palette import label_of
from rfsq.style.wording import format_bits


@cache
def bits_of(base: str) -> float:
    """Bits of one token, nominal."""
    return nominal_bits(ZOO[base]) or 0.0


def price_text(base: str) -> str:
    """Name, stages and price: "RFSQ 4×1024 scale · 4 stages · 40 bits/token"."""
    stages = ZOO[base].num_stages
    return f"{label_of(base)} · {stages} stage{'' if stages == 1 else 's'} · {format_bits(bits_of(base))}/token"

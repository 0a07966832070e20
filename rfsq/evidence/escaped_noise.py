"""What is known of a training with noise on the latents that was made before the gradient of the noise was mended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ESCAPED: Final = "fb4ab351"  # weights of the only such training in the results, by the first digits of their SHA-256
MENDED: Final = (
    " `rfsq train` let the encoder of this training escape the noise by making its latents larger; that was mended, and nothing "
    "was trained with noise since."
)


def escape_words(weights: Iterable[str]) -> str:
    """What must be said where these trainings, by their `weights_sha256`, are spoken of; empty where nothing must."""
    return MENDED if any(one.startswith(ESCAPED) for one in weights) else ""

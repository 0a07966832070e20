"""What is known of a training with noise on the latents that was made before the gradient of the noise was mended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ESCAPED: Final = "fb4ab351"  # weights of the only such training in the results, by the first digits of their SHA-256
WHY: Final = " `rfsq train` let the encoder of this training escape the noise by making its latents larger; that was mended, and "


def escape_words(weights: Iterable[str]) -> str:
    """What must be said where these trainings with noise, all that are shown, are spoken of by their `weights_sha256`; empty
    where nothing must."""
    trainings = set(weights)
    if not any(one.startswith(ESCAPED) for one in trainings):
        return ""
    others = len(trainings) - 1
    if not others:
        return f"{WHY}no other training with noise is measured here."
    return f"{WHY}{others} {'other is' if others == 1 else 'others are'} measured here."

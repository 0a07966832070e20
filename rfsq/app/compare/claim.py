"""What the pictures on the screen show, as one sentence: computed from them, so nothing on the page can contradict it."""

from __future__ import annotations

from rfsq.app.compare.stacks import conditioning_of
from rfsq.app.compare.view import View
from rfsq.style.wording import format_bits, format_db

SAME_DB = 0.3  # differences below are called none: nobody sees them


def claim_of(view: View) -> str | None:
    """For stacks around one network: where none ends at these stages, and where the best of the others does."""
    if view.settings.preset != "network":
        return None
    scores = {name: view.pictures[name].psnr_db[k - 1] for name, k in view.panels}
    none = next((name for name in scores if conditioning_of(name) == "none" and view.pictures[name].stages > 1), None)
    others = {name: score for name, score in scores.items() if name != none}
    if none is None or not others:
        return None
    best = max(others, key=others.__getitem__)
    rate = view.pictures[none].reconstruction.stages[min(view.stages, view.pictures[none].stages) - 1].rate
    bits = format_bits(rate.bits_per_token) if rate else "bits"
    gain = others[best] - scores[none]
    start = f"Same network, same {bits}: none "
    if gain > SAME_DB:
        return f"{start}stops at {format_db(scores[none])}, {view.label(best)} reaches {format_db(others[best])}."
    if gain < -SAME_DB:
        return f"{start}reaches {format_db(scores[none])}; here {view.label(best)} is {format_db(-gain)} behind it."
    return f"{start}reaches {format_db(scores[none])}, and {view.label(best)} is no better here."

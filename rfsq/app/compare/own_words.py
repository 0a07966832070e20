"""What must be said of quantizers from outside beside ours: how they were fitted, what their bits are, what cannot be seen."""

from __future__ import annotations

from rfsq.app.compare.view import View
from rfsq.app.shared.own_quantizers import fit_words, known_fit, parse_own_name
from rfsq.model.calibration import PHOTOS
from rfsq.quantizers.foreign.service import Fitted
from rfsq.style.wording import listed


def own_shown(view: View) -> dict[str, Fitted]:
    """The own quantizers on screen by the names of their models."""
    found = {name: known_fit(name) for name in view.choice.shown}
    return {name: fitted for name, fitted in found.items() if fitted is not None}


def fit_notes(view: View) -> list[str]:
    """How ours and theirs came to fit the network, and why theirs have no file; nothing where there are none."""
    own = own_shown(view)
    if not own:
        return []
    each = [f"{view.label(name)}, {_place(name)}: {fit_words(fitted)}" for name, fitted in own.items()]
    same = f"All stand on the same network, and are fitted to the same latents of {PHOTOS:,} photos"
    return [
        f"{same}: ours in their way, own quantizers in one way, for as long as each other. {'; '.join(each)}.",
        "Own quantizers have no .rfsq file, whose format holds ours only: their bits are nominal.",
    ]


def stage_notes(view: View) -> list[str]:
    """Whose stages cannot be told apart, and why."""
    return [
        f"{view.label(name)} is one step here, with all its {len(fitted.codebook_sizes)} indices: {fitted.why_no_stages}."
        for name, fitted in own_shown(view).items()
        if fitted.why_no_stages
    ]


def signal_note(view: View) -> str | None:
    """That a spacing of levels is known of ours only."""
    labels = [view.label(name) for name in own_shown(view)]
    return f"Of {listed(labels)} the levels are not known here, so there is no line." if labels else None


def own_text(name: str) -> str:
    """What a table to keep says of a method: place, options, fit; empty for one of ours."""
    found, fitted = parse_own_name(name), known_fit(name)
    return "" if found is None or fitted is None else f"{found[1].reference.text}; {fit_words(fitted)}"


def _place(name: str) -> str:
    found = parse_own_name(name)
    assert found is not None, "it is shown"
    return f"`{found[1].reference.text}`"

"""What the pictures on the screen show, as one sentence: computed from them, so nothing on the page can contradict it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rfsq.app.compare.plan import NEAR, nearest
from rfsq.app.compare.stacks import conditioning_of, with_best_gain
from rfsq.app.compare.view import View
from rfsq.app.shared.own_quantizers import parse_own_name
from rfsq.app.shared.reconstructions import is_decoded, known_file_sizes, picture_of
from rfsq.style.wording import format_bits, format_bytes, format_db, format_db_gap, format_signed, listed

SAME_DB = 0.3  # differences below are called none: nobody sees them


@dataclass(frozen=True)
class Shown:
    """A picture on screen."""

    label: str
    psnr_db: float
    stages: int  # k
    bits: float | None  # of a token; None for an unquantized model
    bytes: int | None  # of its file, where files are compared


def shown_pictures(view: View) -> list[Shown]:
    """The pictures on screen, the best first."""
    found = []
    for name, k in view.panels:
        rate, sizes = view.pictures[name].rate(k), view.plan.sizes.get(name)
        label = f"{k} of {view.pictures[name].stages} stages" if view.choice.spread else view.label(name)
        bits = None if rate is None else rate.bits_per_token
        found.append(Shown(label, view.psnr_db(name, k), k, bits, sizes[k - 1] if sizes else None))
    return sorted(found, key=lambda shown: -shown.psnr_db)


def claim_of(view: View) -> str | None:
    """Who is how good, at which price: for stacks none against the best of the others, else the best against the worst."""
    shown = shown_pictures(view)
    if view.choice.spread:
        return _of_stages(shown)
    if view.settings.preset == "network":
        if not view.plan.reference and (own := [name for name, _ in view.panels if parse_own_name(name) is not None]):
            return _of_own(view, own)
        none = _none_on_screen(view)
        return _of_stacks(view, none) if none is not None and len(shown) > 1 else None
    if len(shown) < 2:
        return None
    return _at_equal_bytes(view, shown) if view.plan.reference else _of_models(view, shown)


def fair_rival(view: View) -> str | None:
    """The stack of none with its best single gain: it belongs beside none wherever none is compared. None elsewhere, and
    where it is shown."""
    none = _none_on_screen(view)
    rival = None if none is None else with_best_gain(none)
    return None if rival in dict(view.panels) else rival


def _none_on_screen(view: View) -> str | None:
    """The stack without conditioning, if it is shown."""
    return next((name for name, _ in view.panels if conditioning_of(name) == "none"), None)


def rival_panel(view: View) -> tuple[str, int] | None:
    """That stack and its stage count: none's, or the one with the nearest file, once its files are measured."""
    rival = fair_rival(view)
    if rival is None:
        return None
    if view.plan.reference is None:
        return rival, next(k for name, k in view.panels if conditioning_of(name) == "none")
    sizes = known_file_sizes(view.working, rival)
    reference = dict(view.panels)[view.plan.reference]
    return (rival, nearest(view.plan.sizes[view.plan.reference][reference - 1], sizes)) if sizes else None


def _of_stacks(view: View, none: str) -> str:
    if view.plan.reference:
        return _at_equal_bytes(view, shown_pictures(view))
    scores = {name: view.psnr_db(name, k) for name, k in view.panels}
    others = {name: score for name, score in scores.items() if name != none}
    best = max(others, key=others.__getitem__)
    rate = view.pictures[none].rate(dict(view.panels)[none])
    bits = format_bits(rate.bits_per_token) if rate else "bits"
    if others[best] - scores[none] > SAME_DB:
        start = f"Same network, same {bits}: none stops at {format_db(scores[none])}{_with_gain(view)}"
        reached = _reached({view.label(name): score for name, score in others.items()})
        return f"{start}, {reached}.{_gain_is_enough(view, others[best])}"
    return (
        f"No help here: on “{view.photo.title}”, at the same {bits}, none reaches {format_db(scores[none])} and "
        f"{view.label(best)} {format_db(others[best])}."
    )


def _of_own(view: View, own: list[str]) -> str:
    """Quantizers from outside against the best of ours: "Same network, same 20 bits: own mine reaches 28.8 dB and layernorm
    30.0 dB."."""
    panels = dict(view.panels)
    scores = {name: view.psnr_db(name, k) for name, k in panels.items()}
    ours = [name for name in panels if name not in own]
    named = [*own, *([max(ours, key=scores.__getitem__)] if ours else [])]
    rates = {name: view.pictures[name].rate(panels[name]) for name in named}
    bits = {name: None if rate is None else rate.bits_per_token for name, rate in rates.items()}
    first = bits[own[0]]
    assert first is not None, "its bits are counted"
    if len(set(bits.values())) == 1:
        return (
            f"Same network, same {format_bits(first)}: {_reached({view.label(name): scores[name] for name in named})}."
        )
    each = [
        f"{view.label(name)}{'' if number else ' reaches'} {format_db(scores[name])} with {format_bits(bits[name] or 0)}"
        for number, name in enumerate(named)
    ]
    return f"Same network, not at equal bits: {listed(each)}."


def _reached(scores: Mapping[str, float]) -> str:
    """ "scale reaches 28.3 dB and layernorm 31.1 dB", the best last."""
    ordered = sorted(scores.items(), key=lambda item: item[1])
    (first, score), rest = ordered[0], ordered[1:]
    return listed([f"{first} reaches {format_db(score)}", *(f"{label} {format_db(score)}" for label, score in rest)])


def _with_gain(view: View) -> str:
    """ " (with one fitted gain 24.3 dB)", once it is known. Fitted on other photos: here it may be worse than none."""
    gain = _gain_db(view)
    return "" if gain is None else f" (with one fitted gain {format_db(gain)})"


def _gain_is_enough(view: View, best_db: float) -> str:
    gain = _gain_db(view)
    return " One gain does as well here." if gain is not None and best_db - gain <= SAME_DB else ""


def _gain_db(view: View) -> float | None:
    panel = rival_panel(view)
    if panel is None or not is_decoded(view.working, [panel]):
        return None
    return picture_of(view.working, *panel).psnr_db


def _of_models(view: View, shown: list[Shown]) -> str:
    best, worst = shown[0], shown[-1]
    bits = {one.bits for one in shown}
    gap = best.psnr_db - worst.psnr_db
    if len(bits) == 1 and best.bits is not None:
        if gap <= SAME_DB:
            return (
                f"Nobody wins here: on “{view.photo.title}”, at the same {format_bits(best.bits)}, all are between "
                f"{format_db(worst.psnr_db)} and {format_db(best.psnr_db)}."
            )
        return (
            f"At the same {format_bits(best.bits)}, {best.label} reaches {format_db(best.psnr_db)} and "
            f"{worst.label} {format_db(worst.psnr_db)}."
        )
    price = {one.label: "unquantized" if one.bits is None else format_bits(one.bits) for one in (best, worst)}
    return (
        f"Not at equal bits: {best.label} reaches {format_db(best.psnr_db)} ({price[best.label]}), "
        f"{worst.label} {format_db(worst.psnr_db)} ({price[worst.label]})."
    )


def _at_equal_bytes(view: View, shown: list[Shown]) -> str:
    """ "About equal bytes: layernorm 32.4 dB in 9 949 B (3 stages) and none 31.4 dB in 9 709 B (4 stages)."."""
    near = bytes_notice(view) is None
    none = _none_on_screen(view)
    each = []
    for one in shown:
        size = "no file" if one.bytes is None else f"in {format_bytes(one.bytes)}"
        gain = _with_gain(view) if none is not None and one.label == view.label(none) else ""
        each.append(f"{one.label} {format_db(one.psnr_db)}{gain} {size} ({_stages(one.stages)})")
    return f"{'About equal' if near else 'Nearest'} bytes: {listed(each)}."


def _of_stages(shown: list[Shown]) -> str | None:
    by_stage = sorted(shown, key=lambda one: one.stages)
    if len(by_stage) < 2:
        return None
    (*_, before, last) = by_stage
    first = by_stage[0]
    return (
        f"From {_stages(first.stages)} to {last.stages}: {format_db(first.psnr_db)} to {format_db(last.psnr_db)}; "
        f"the last step adds {format_db_gap(last.psnr_db - before.psnr_db)}."
    )


def bytes_notice(view: View) -> str | None:
    """Whose file is not near the reference's; None where all are, or bytes are not compared."""
    reference = view.plan.reference
    if reference is None:
        return None
    far = []
    for name, k in view.panels:
        excess = view.plan.excess(name, view.stages)
        if excess is None:
            far.append(f"{view.label(name)}, which has no file")
        elif abs(excess) > NEAR:
            size = f"{100 * abs(excess):.0f}\u202f% {'larger' if excess > 0 else 'smaller'}"
            end = " (it has no more stages)" if excess < 0 and k == view.pictures[name].stages else ""
            far.append(f"{view.label(name)} {size}{end}")
    if not far:
        return None
    return f"Not equal bytes. Beside the file of {view.label(reference)} the nearest are: {', '.join(far)}."


def bytes_note_of(view: View, name: str, k: int) -> str | None:
    """Of a picture on screen, with equal bytes: "nearest to RFSQ none, 4 of 4 stages, 9 709 B: +2.5 % bytes"; else None."""
    reference, excess = view.plan.reference, view.plan.excess(name, view.stages)
    if reference is None or excess is None or (name, k) not in view.panels:
        return None
    its = dict(view.panels)[reference]
    of = f"{view.label(reference)}, {its} of {view.pictures[reference].stages} stages, {view.plan.sizes[reference][its - 1]} B"
    return f"reference: {of}" if name == reference else f"nearest to {of}: {format_signed(100 * excess, 1)} % bytes"


def _stages(count: int) -> str:
    return "1 stage" if count == 1 else f"{count} stages"

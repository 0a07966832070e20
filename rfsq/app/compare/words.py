"""What the Compare page asks, and what its charts say: sentences computed from what is on screen."""

from __future__ import annotations

from collections.abc import Sequence

from rfsq.app.compare.claim import SAME_DB, bytes_notice, shown_pictures
from rfsq.app.compare.own_words import own_shown
from rfsq.app.compare.settings import EVERY
from rfsq.app.compare.stacks import OPENING, conditioning_of
from rfsq.app.compare.view import View
from rfsq.app.shared.own_models import config_of
from rfsq.evidence.statements import HALF_SPACING
from rfsq.figures.picture_scores import PictureScore
from rfsq.model.calibration import PHOTOS
from rfsq.style.wording import format_bits, format_bpp, format_bytes, format_db, format_score, format_share, listed

TITLES = {
    "network": "What does conditioning do to my picture?",
    "conditioning": "What does conditioning do to my picture?",
    "quantizers": "What do VQ, FSQ and RFSQ make of my picture, and at what price?",
    "equal": "Who makes most of the same bits?",
    "stages": "What does each stage add to my picture?",
    "ours": "Do ten numbers by turns beat five?",
    "own": "How do the models of my choice compare?",
}
ONE_SCALE = ("network", "conditioning", "stages")  # presets whose models differ in nothing but conditioning or stages
FITTED = f"All are fitted to the same latents of {PHOTOS:,} photos in the same way; none has nothing to fit."


def try_next(view: View) -> str:
    """What to do next: it follows from what is chosen, and from whether conditioning helps here."""
    settings = view.settings
    if view.plan.reference:
        return "Choose another file to be matched, or go back to equal bits: who gains by the change?"
    if settings.preset == "network":
        return _try_stacks(view)
    if settings.preset == "stages":
        return "Follow one fine detail from left to right. Which stage is the last that you can see?"
    if settings.preset == "own":
        return "Flip between the pictures in place; “Error map” shows where they differ."
    if len({shown.bits for shown in shown_pictures(view)}) > 1:
        return "Flip between the pictures in place, then read their prices: they do not cost the same."
    if settings.preset == "conditioning" and settings.strategy != EVERY:
        return f"Choose all three to see {settings.strategy} beside the others."
    if view.stages < view.choice.stages:
        return "Add a stage: whose picture gains most?"
    if view.choice.stages > 1:
        return "Flip between the pictures in place, then go down to one stage: which holds?"
    return "Flip between the pictures in place."


def _try_stacks(view: View) -> str:
    settings = view.settings
    if len(view.panels) < 2:
        return "Choose other levels, stages or another base."
    scores = {name: view.psnr_db(name, k) for name, k in view.panels}
    if own_shown(view):
        unequal = len({shown.bits for shown in shown_pictures(view)}) > 1
        return "Bring ours near to the same bits, then flip in place." if unequal else "Flip between them in place."
    none = next((score for name, score in scores.items() if conditioning_of(name) == "none"), None)
    if none is not None and max(scores.values()) - none <= SAME_DB:
        if (settings.levels, settings.depth) != (OPENING.levels, OPENING.depth):
            return f"Try {OPENING.levels} levels and {OPENING.depth} stages: there it shows on most photos."
        if view.stages < settings.depth:
            return "Add a stage: the first one alone leaves little to condition."
        return "Try a photo with more texture, or other levels and stages."
    if settings.strategy == EVERY:
        return "Choose one to see it larger beside none; then show fewer stages."
    if settings.strategy == "gain":
        return "Then choose scale or layernorm: a factor for every stage instead of one for all."
    if view.stages > 1:
        return f"{_plainly(view)}Show fewer stages: who loses more?"
    return "Add stages: who gains more?"


def _plainly(view: View) -> str:
    """What is compared, for who sees it first: a sentence and a space; empty at unequal bits."""
    bits, (stride, *_) = _shared_bits(view), _strides(view)
    if bits is None:
        return ""
    block = f"{stride}×{stride} pixels"
    return f"Each picture is {format_bits(bits)} for every {block}: only what is done before rounding differs. "


def reading(view: View) -> str:
    """The pictures' quality at their price, best first: "On this photo, at 40 bits per token: scale 33.0 dB, none 31.6 dB."."""
    rows = _rows(view)
    if view.plan.reference:
        return f"On this photo: {listed([f'{name} {format_db(psnr)} ({price})' for name, psnr, _, price in rows])}."
    bits = {bits for _, _, bits, _ in rows}
    if len(bits) == 1 and None not in bits:
        each = listed([f"{name} {format_db(psnr)}" for name, psnr, _, _ in rows])
        return f"On this photo, at {format_bits(rows[0][2] or 0)} per token: {each}."
    return f"On this photo: {listed([f'{name} {format_db(psnr)} ({price})' for name, psnr, _, price in rows])}."


def chart_title(view: View) -> str | None:
    """The best and the worst picture, where what is left of the latents does not compare; None: the chart's own title."""
    if view.plan.reference:
        return _left_title(view)
    rows = _rows(view)
    if view.settings.preset in ONE_SCALE or len(rows) < 2:
        return None
    (best, most, _, _), (worst, least, _, _) = rows[0], rows[-1]
    unequal = ", at unequal bits" if len({bits for _, _, bits, _ in rows}) > 1 else ""
    return f"Best picture: {best}, {format_db(most)}; last: {worst}, {format_db(least)}{unequal}"


def price_of(view: View, name: str, k: int) -> str:
    """What a picture costs, where it is not what all cost: bytes, bits per token, or bits per pixel of unequal blocks."""
    rate, sizes = view.pictures[name].rate(k), view.plan.sizes.get(name)
    if sizes:
        return format_bytes(sizes[k - 1])
    if _shared_bits(view) is not None:
        return ""
    if rate is None:
        return "unquantized"
    return format_bits(rate.bits_per_token) if len(_strides(view)) == 1 else format_bpp(rate.bpp)


def scores_title(view: View, pictures: Sequence[PictureScore]) -> str:
    """Who is ahead by which score, and at which price. PSNR is level where nobody sees the difference, ST-LPIPS where it is
    written alike."""
    if len(pictures) < 2:
        one = pictures[0]
        distance = "" if one.st_lpips is None else f", ST-LPIPS {format_score(one.st_lpips)}"
        return f"{one.name}: {format_db(one.psnr_db)}{distance}"
    bits = _shared_bits(view)
    if view.plan.reference is not None:
        price = "About equal bytes" if bytes_notice(view) is None else "Nearest bytes"
    else:
        price = "Not at equal bits" if bits is None else f"At {format_bits(bits)} per token"
    most = max(one.psnr_db for one in pictures)
    ahead = {"PSNR": [one.name for one in pictures if one.psnr_db == most or most - one.psnr_db <= SAME_DB]}
    distances = {one.name: format_score(one.st_lpips) for one in pictures if one.st_lpips is not None}
    if len(distances) == len(pictures):
        ahead["ST-LPIPS"] = [name for name, distance in distances.items() if distance == min(distances.values())]
    names, *others = ahead.values()
    if others == [names]:
        ahead = {" and ".join(ahead): names}
    return f"{price}: {', '.join(_are_ahead(who, score, len(pictures)) for score, who in ahead.items())}"


def signal_title(view: View) -> str | None:
    """How strong the signal of each method's last stage is, the weakest first; None: the chart's own title."""
    last = sorted((values[-1], view.short_label(name)) for name, values in _signals(view).items() if len(values) > 1)
    if not last:
        return None
    (weakest, first), *rest = last
    each = [f"{name} {value:.2f}" for value, name in rest]
    return f"In its last stage {first} rounds {weakest:.2f} level spacings" + (f", {listed(each)}" if each else "")


def signal_reading(view: View) -> str:
    """Which stages waste their levels, and what it means."""
    signals = _signals(view)
    if signals and all(max(config_of(name).levels or (2,)) == 2 for name in signals):
        return f"With two levels a stage says a sign, however strong its signal. {_overshoot(view)}".strip()
    weak, strong = [], []
    for name, values in signals.items():
        stages = [k for k, value in enumerate(values, start=1) if value < HALF_SPACING]
        if stages:
            figures = listed([f"{values[k - 1]:.2f}" for k in stages])
            weak.append(f"{view.short_label(name)} {_which(stages, len(values))} ({figures})")
        else:
            strong.append(view.short_label(name))
    if not weak:
        return "Every stage here rounds more than half a spacing: no levels are wasted."
    stays = f"; {listed(strong)} {'stays' if len(strong) == 1 else 'stay'} above" if strong else ""
    return f"Below half a spacing a stage says little more than a sign: {listed(weak)}{stays}."


def film_note(view: View) -> str | None:
    """What the strength of the filmstrip's late frames does not mean; None for a single stage."""
    late = {}
    for name in view.choice.shown:
        stages = view.pictures[name].coded.stages
        if len(stages) > 1:
            late[name] = (stages[-1].added_share, len(stages))
    if not late:
        return None
    name = max(late, key=late.__getitem__)
    share, stage = late[name]
    if share <= 1:
        return "A late frame is faint because little was left to add: the signal that a stage rounds is in the chart."
    fixed = ", because its levels never come closer" if conditioning_of(name) in ("none", "gain") else ""
    return (
        f"Strong late frames are no strength: stage {stage} of {view.label(name)} adds {share:.1f} times what was left{fixed}. "
        "The signal that it rounds is in the chart."
    )


def _overshoot(view: View) -> str:
    """Which stages left more than they got."""
    found = []
    for name in view.choice.shown:
        rms = view.pictures[name].coded.residual_rms
        grown = [k for k in range(1, len(rms)) if rms[k] > rms[k - 1]]
        if grown:
            stages = f"stage {grown[0]}" if len(grown) == 1 else f"stages {listed([str(k) for k in grown])}"
            found.append(f"{stages} of {view.label(name)}")
    if not found:
        return "Here every stage leaves less than it got."
    return f"What counts is how far its levels are apart: {listed(found)} left more than they got."


def _which(stages: list[int], last: int) -> str:
    """ "in stage 1", "from stage 2 on", "in all stages", "in stages 1 and 3"."""
    if len(stages) == last > 1:
        return "in all stages"
    if len(stages) > 1 and stages == list(range(stages[0], last + 1)):
        return f"from stage {stages[0]} on"
    return f"in stage {stages[0]}" if len(stages) == 1 else f"in stages {listed([str(k) for k in stages])}"


def _signals(view: View) -> dict[str, list[float]]:
    """Signal ÷ spacing of every stage, of the shown methods that have levels."""
    found = {}
    for name in view.choice.shown:
        values = [stage.signal for stage in view.pictures[name].coded.stages]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            found[name] = known
    return found


def _shared_bits(view: View) -> float | None:
    """Bits per token of all pictures, where these are equal, of blocks of one size."""
    rates = [view.pictures[name].rate(k) for name, k in view.panels]
    bits = {None if rate is None else rate.bits_per_token for rate in rates}
    return bits.pop() if len(bits) == 1 and len(_strides(view)) == 1 else None


def _strides(view: View) -> set[int]:
    return {config_of(name).stride for name, _ in view.panels}


def _are_ahead(names: Sequence[str], score: str, count: int) -> str:
    if len(names) == count:
        return f"all are level in {score}"
    return f"{listed(names)} {'leads' if len(names) == 1 else 'lead'} in {score}"


def _left_title(view: View) -> str:
    """What each method leaves after its stages: "layernorm leaves 15 % after 3 stages, none 37 % after 4"."""
    left = []
    for name, k in view.panels:
        if rms := view.pictures[name].coded.residual_rms:
            left.append((rms[k] / rms[0] if rms[0] else 0.0, view.short_label(name), k))
    (share, label, k), *rest = sorted(left)
    each = [f"{name} {format_share(value)} after {count}" for value, name, count in rest]
    after = "1 stage" if k == 1 else f"{k} stages"
    return f"{label} leaves {format_share(share)} after {after}" + (f", {listed(each)}" if each else "")


def _rows(view: View) -> list[tuple[str, float, float | None, str]]:
    """Label, PSNR, bits per token and price of every picture, the best first."""
    rows = []
    for name, k in view.panels:
        pictures = view.pictures[name]
        rate, sizes = pictures.rate(k), view.plan.sizes.get(name)
        label = f"{k} of {pictures.stages}" if view.choice.spread else view.short_label(name)
        bits = None if rate is None else rate.bits_per_token
        price = "unquantized" if bits is None else format_bytes(sizes[k - 1]) if sizes else format_bits(bits)
        rows.append((label, view.psnr_db(name, k), bits, price))
    return sorted(rows, key=lambda row: -row[1])

"""What the Compare page asks, and what its pictures say: sentences computed from what is on screen."""

from __future__ import annotations

from rfsq.app.compare.view import View
from rfsq.style.palette import short_label_of
from rfsq.style.wording import format_bits, format_db, listed

TITLES = {
    "network": "What does conditioning do to my picture?",
    "conditioning": "What does conditioning do to my picture?",
    "quantizers": "What do VQ, FSQ and RFSQ make of my picture, and at what price?",
    "equal": "Who makes most of the same bits?",
    "stages": "What does each stage add to my picture?",
    "ours": "Do ten numbers by turns beat five?",
    "own": "How do the models of my choice compare?",
}
TRY = {
    "network": "One network, one photo, the same bits: change the conditioning, the levels, the stages.",
    "conditioning": "Switch from none to layernorm: same photo, same bits per token. Look at the pictures, then at the lines.",
    "quantizers": "Flip between the pictures in place, then read their rates: they do not cost the same.",
    "equal": "Flip between the pictures in place. Does the one whose line ends lowest look best?",
    "stages": "Follow one fine detail from left to right. Which stage is the last that you can see?",
    "ours": "Four tokens each; grouped codes ten numbers by turns, the others five. Go down to one stage: which holds?",
    "own": "Choose up to four models, then flip between them in place.",
}
ONE_SCALE = ("network", "conditioning", "stages")  # presets whose models differ in nothing but conditioning or stages


def reading(view: View) -> str:
    """The pictures' quality at their price, best first: "On this photo, at 40 bits per token: scale 33.0 dB, none 31.6 dB."."""
    rows = _rows(view)
    prices = {bits for _, _, bits in rows}
    if len(prices) == 1 and None not in prices:
        each = listed([f"{name} {format_db(psnr)}" for name, psnr, _ in rows])
        return f"On this photo, at {format_bits(rows[0][2] or 0)} per token: {each}."
    each = listed([f"{name} {format_db(psnr)} ({_price(bits)})" for name, psnr, bits in rows])
    return f"On this photo: {each}."


def chart_title(view: View) -> str | None:
    """The best and the worst picture, where what is left of the latents does not compare; None: the chart's own title."""
    rows = _rows(view)
    if view.settings.preset in ONE_SCALE or len(rows) < 2:
        return None
    (best, most, _), (worst, least, _) = rows[0], rows[-1]
    unequal = ", at unequal bits" if len({bits for _, _, bits in rows}) > 1 else ""
    return f"Best picture: {best}, {format_db(most)}; last: {worst}, {format_db(least)}{unequal}"


def _rows(view: View) -> list[tuple[str, float, float | None]]:
    """Label, PSNR and bits per token of every picture, the best first."""
    short = [short_label_of(name) for name in view.choice.shown]
    rows = []
    for name, k in view.panels:
        pictures = view.pictures[name]
        rate = pictures.reconstruction.stages[k - 1].rate
        label = short_label_of(name) if short.count(short_label_of(name)) == 1 else view.label(name)
        label = f"{k} of {pictures.stages}" if view.choice.spread else label
        rows.append((label, pictures.psnr_db[k - 1], None if rate is None else rate.bits_per_token))
    return sorted(rows, key=lambda row: -row[1])


def _price(bits: float | None) -> str:
    return "unquantized" if bits is None else format_bits(bits)

"""How every method looks: one colour per family in each theme, always with its own marker, dash and name.

Looks are defined here once and imported by figures, pages and exports, so a method keeps its appearance everywhere.
Contrast and colour-vision distances are checked in tests/style/test_palette.py.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class ThemeColors:
    """Colours of the surroundings, as #RRGGBB."""

    page: str  # behind charts and text
    panel: str  # side bars, cards, hover boxes
    text: str
    muted: str  # secondary text, axis names
    grid: str  # lines that must stay behind the data
    ghost: str  # methods not selected, previous runs


THEMES: dict[Theme, ThemeColors] = {
    "light": ThemeColors("#FFFFFF", "#F0F2F6", "#1A1F26", "#5F6469", "#E1E4E9", "#A3A9B1"),
    "dark": ThemeColors("#0E1117", "#262730", "#E6E9EE", "#A1A6AD", "#2A2F38", "#6B727C"),
}


@dataclass(frozen=True)
class MethodStyle:
    """The look of one family of methods."""

    family: str  # key in STYLES
    light: str  # colour on the light page, #RRGGBB
    dark: str  # colour on the dark page, #RRGGBB
    dash: str  # plotly line dash
    symbol: str  # plotly marker symbol; "" where the line carries no marker
    glyph: str  # the marker as a character, for names and captions
    width: float  # line width in px

    def color(self, theme: Theme) -> str:
        """The colour as #RRGGBB on the page of `theme`."""
        return self.light if theme == "light" else self.dark


@dataclass(frozen=True)
class VerdictStyle:
    """The look of a finding; colour never stands alone."""

    light: str
    dark: str
    glyph: str

    def color(self, theme: Theme) -> str:
        """The colour as #RRGGBB on the page of `theme`."""
        return self.light if theme == "light" else self.dark


VERDICTS: dict[str, VerdictStyle] = {
    "red": VerdictStyle("#B3261E", "#FF9A8F", "✕"),
    "yellow": VerdictStyle("#8A6100", "#F2C14E", "!"),
    "green": VerdictStyle("#1B7F4B", "#6FD39B", "✓"),
}

_TEXT = (THEMES["light"].text, THEMES["dark"].text)
_GREY = ("#5F6469", "#A1A6AD")
_PURPLE, _BROWN = ("#A464F9", "#E3B1FF"), ("#8C2D1A", "#F7A072")
_PINK, _BLUE = ("#C2689F", "#D9527C"), ("#0B4F9C", "#3F86E8")

_ALL = (
    MethodStyle("vq", *_PURPLE, "solid", "circle", "●", 2.5),
    MethodStyle("rvq", *_PURPLE, "dash", "circle-open", "○", 2.5),
    MethodStyle("lfq", "#936B02", "#A8891E", "solid", "triangle-up", "▲", 2.5),
    MethodStyle("rlfq", "#936B02", "#A8891E", "dash", "triangle-up-open", "△", 2.5),
    MethodStyle("fsq", "#049972", "#7CEBC3", "solid", "square", "■", 2.5),
    MethodStyle("none", *_BROWN, "dot", "x", "✕", 2.5),
    MethodStyle("gain", *_BROWN, "dash", "square-open", "□", 2.5),  # no second cross: side by side they look alike
    MethodStyle("scale", *_PINK, "dash", "diamond", "◆", 2.5),
    MethodStyle("layernorm", *_BLUE, "solid", "star", "★", 4.0),
    MethodStyle("layernorm-global", *_BLUE, "dashdot", "star-open", "☆", 2.5),
    MethodStyle("geometric", *_TEXT, "longdashdot", "hexagon", "⬢", 2.5),
    MethodStyle("grouped", *_TEXT, "dash", "hexagon-open", "⬡", 2.5),
    MethodStyle("own1", *_TEXT, "solid", "triangle-left", "◄", 2.5),  # quantizers from outside, by their number
    MethodStyle("own2", *_TEXT, "dot", "triangle-left-open", "◁", 2.5),
    MethodStyle("own3", *_TEXT, "dashdot", "triangle-right", "►", 2.5),
    MethodStyle("ceiling", *_GREY, "longdash", "", "╌", 2.0),
    MethodStyle("jpeg", *_GREY, "solid", "", "━", 2.0),
    MethodStyle("jpeg-444", *_GREY, "8px,2px", "", "─", 1.5),
    MethodStyle("webp", *_GREY, "dash", "", "╍", 2.0),
    MethodStyle("avif", *_GREY, "dot", "", "┅", 2.0),
    MethodStyle("avif-444", *_GREY, "dashdot", "", "┉", 1.5),
    MethodStyle("other", *_TEXT, "solid", "triangle-down", "▼", 2.5),
    # Ways to learn a codebook, which stand beside VQ-EMA, FSQ and LFQ and never beside a conditioning: they take the
    # colours of conditionings, as those are told apart from these three.
    MethodStyle("straight-through", *_BROWN, "dot", "cross", "✚", 2.5),
    MethodStyle("ema", *_PURPLE, "dash", "circle-x", "⊗", 2.5),
    MethodStyle("simvq", *_PINK, "dashdot", "bowtie", "⧓", 2.5),
    MethodStyle("rotation", *_BLUE, "longdash", "pentagon", "⬟", 2.5),
)
STYLES: dict[str, MethodStyle] = {style.family: style for style in _ALL}

# Word in the name -> family, most telling first: "rvq-4x1024-layernorm" is RVQ, "rfsq-4x1024-scale" goes by "scale".
_WORDS = (
    ("jpeg", "jpeg"),
    ("webp", "webp"),
    ("avif", "avif"),
    ("continuous", "ceiling"),
    ("unquantized", "ceiling"),
    ("rvq", "rvq"),
    ("rlfq", "rlfq"),
    ("grouped", "grouped"),
    ("geometric", "geometric"),
    ("layernorm", "layernorm"),
    ("gain", "gain"),
    ("scale", "scale"),
    ("none", "none"),
    ("fsq", "fsq"),
    ("lfq", "lfq"),
    ("vq", "vq"),
)
_SHORT = {
    "vq": "VQ-EMA",
    "rvq": "RVQ",
    "lfq": "LFQ",
    "rlfq": "residual LFQ",
    "fsq": "FSQ",
    "ceiling": "unquantized",
    "jpeg": "JPEG 4:2:0",
    "jpeg-444": "JPEG 4:4:4",
    "webp": "WebP 4:2:0",
    "avif": "AVIF 4:2:0",
    "avif-444": "AVIF 4:4:4",
}


_STACK = re.compile(  # a stack that was fitted to a network: "continuous-5.fsq-2-s4-none"
    r"(?P<network>[a-z0-9-]+)\.(?P<base>fsq|lfq|vq)(-(?P<size>[\dx]+))?-s(?P<stages>\d+)-(?P<conditioning>[a-z0-9-]+)"
)
_OWN = re.compile(r"my-(?P<base>.+)-run-(?P<number>\d+)")  # a model that a viewer of the app trained
_OUTSIDE = re.compile(r"[a-z0-9-]+\.own(?P<number>\d+)-(?P<key>\w[\w-]*)")  # a quantizer from outside around a network
_OUTSIDE_STYLES = ("own1", "own2", "own3")
_LOSS = "-perceptual"  # ends the names of models trained with a perceptual loss
_LARGEST = "f16-"
_STRIDE = re.compile(r"(f(?:8|16))-(.+)")  # begins the names of models with larger blocks


def style_of(method: str) -> MethodStyle:
    """The look of a model, from its zoo name, a family name, or any name of a user's own model.

    Unknown names are matched by the words they contain ("my-scale-run"); with no match they get the text colour. A model
    that a viewer trained has a thin line and hollow markers with a dot, one trained with a perceptual loss full markers
    with a dot, to be told from the zoo's others of the same family.
    """
    if method.endswith(_LOSS):
        plain = style_of(method.removesuffix(_LOSS))
        return replace(plain, symbol=f"{plain.symbol}-dot" if plain.symbol else "")
    if own := _OWN.fullmatch(method):
        zoo = style_of(own["base"])
        mark = zoo.symbol.removesuffix("-dot").removesuffix("-open")
        return replace(zoo, symbol=f"{mark}-open-dot" if mark else "", width=1.5)
    if outside := _OUTSIDE.fullmatch(method):
        return STYLES[_OUTSIDE_STYLES[(int(outside["number"]) - 1) % len(_OUTSIDE_STYLES)]]
    name = method.lower()
    if (stack := _STACK.fullmatch(name)) and stack["network"].startswith(_LARGEST):
        return replace(style_of(name.removeprefix(_LARGEST)), dash="dot")  # beside the same stack on smaller blocks
    if stack:
        several = int(stack["stages"]) > 1
        if stack["base"] == "vq":
            return STYLES["rvq" if several else "vq"]
        alone = not several and stack["base"] == "fsq" and stack["conditioning"] == "gain"  # beside stacks of its bits
        return STYLES["fsq"] if alone else style_of(stack["conditioning"])
    if name in STYLES:
        return STYLES[name]
    words = re.split(r"[^a-z0-9]+", name)
    # A word must begin with the key: "grayscale" is not scale, and "rfsq-mine" is not FSQ.
    for key, family in _WORDS:
        if any(word.startswith(key) for word in words):
            if family == "layernorm" and "global" in words:
                family = "layernorm-global"
            return STYLES[family]
    return STYLES["other"]


def hollow(symbol: str) -> str:
    """The hollow form of a marker; one that is hollow already stays."""
    if "-open" in symbol:
        return symbol
    return f"{symbol.removesuffix('-dot')}-open{'-dot' if symbol.endswith('-dot') else ''}"


def short_label_of(method: str) -> str:
    """The name at the end of a line: "layernorm-global", "FSQ". A user's own model keeps its name."""
    if label_of(method) == method or _OWN.fullmatch(method) or _OUTSIDE.fullmatch(method):
        return label_of(method)
    if stack := _STACK.fullmatch(method):
        alone = (stack["base"], stack["stages"], stack["conditioning"]) == ("fsq", "1", "gain")
        return "RVQ" if stack["base"] == "vq" else "one FSQ" if alone else stack["conditioning"]
    if method.endswith(_LOSS):
        return f"{short_label_of(method.removesuffix(_LOSS))}, perceptual"
    if coarse := _STRIDE.fullmatch(method):
        return f"{coarse[1]} {short_label_of(coarse[2])}"
    family = style_of(method).family
    return label_of(method) if family == "other" else _SHORT.get(family, family)


def label_of(method: str) -> str:
    """The name of one model in words: "RFSQ 4×1024 layernorm", "FSQ 8·8·8·8", "my FSQ 12 bits, run 2"; unknown names are returned unchanged."""
    if method in _SHORT:
        return _SHORT[method]
    if own := _OWN.fullmatch(method):
        return f"my {label_of(own['base'])}, run {own['number']}"
    if outside := _OUTSIDE.fullmatch(method):
        return f"own {outside['key']}"
    if stack := _STACK.fullmatch(method):
        return _label_of_stack(stack)
    if method.endswith(_LOSS) and (plain := method.removesuffix(_LOSS)) != label_of(plain):
        return f"{label_of(plain)}, perceptual"
    if (coarse := _STRIDE.fullmatch(method)) and coarse[2] != label_of(coarse[2]):
        return f"{coarse[1]} {label_of(coarse[2])}"
    match method.split("-"):
        case ["vq", size] if size.isdigit():
            return f"VQ-EMA {size}"
        case ["continuous", width] if width.isdigit():
            return f"unquantized, D = {width}"
        case ["lfq" | "fsq" as base, bits] if bits.isdigit():
            return f"{base.upper()} {bits} bits"
        case ["fsq", bits, shape] if bits.isdigit() and re.fullmatch(r"\d+x\d+", shape):
            return f"FSQ {bits} bits, {shape.replace('x', '×')}"
        case ["fsq", levels] if re.fullmatch(r"\d+(x\d+)+", levels):
            return f"FSQ {levels.replace('x', '·')}"
        case ["rfsq" | "rvq" | "rlfq" as base, shape, *conditioning] if re.fullmatch(r"\d+x\d+", shape):
            return " ".join([base.upper(), shape.replace("x", "×"), "-".join(conditioning)]).rstrip()
    return method


def _label_of_stack(stack: re.Match[str]) -> str:
    stages, size, conditioning = int(stack["stages"]), (stack["size"] or "").replace("x", "·"), stack["conditioning"]
    counted = f"{stages} stage" if stages == 1 else f"{stages} stages"
    if stack["base"] == "vq":
        words = f"RVQ, {counted} of {size} codes" if stages > 1 else f"VQ, {size} codes"
    elif stack["base"] == "lfq":
        words = f"LFQ, {counted}, {conditioning}"
    else:
        words = (
            f"RFSQ, {counted} of {size} levels, {conditioning}" if stages > 1 else f"FSQ, {size} levels, {conditioning}"
        )
    coarse = _STRIDE.fullmatch(stack["network"])
    return " ".join([*([coarse[1]] if coarse else []), words]) + (
        ", perceptual" if stack["network"].endswith(_LOSS) else ""
    )


def index_colors(indices: np.ndarray) -> np.ndarray:
    """A colour for every index: (h, w) int64 >= 0 to (h, w, 3) uint8 sRGB, the same index always the same colour.

    Hue, lightness and chroma follow three golden-ratio-like sequences (multiples of powers of the root of
    x^4 = x + 1, modulo 1), so that neighbouring numbers land far apart. Integer arithmetic: exact beyond 2^53.
    """
    # floor(2^64 / g^k), g = 1.2207440846: overflow of uint64 is the "modulo 1".
    steps = np.array([15111065706836454659, 12378569675163806722, 10140184033053478359], dtype=np.uint64)
    unit = (indices.astype(np.uint64)[..., None] * steps >> np.uint64(11)).astype(np.float64) / 2.0**53
    hue, lightness, chroma = 2 * np.pi * unit[..., 0], 0.35 + 0.57 * unit[..., 1], 0.05 + 0.1 * unit[..., 2]
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    # OKLab to linear sRGB, Ottosson 2020.
    lms = (
        np.stack(
            [
                lightness + 0.3963377774 * a + 0.2158037573 * b,
                lightness - 0.1055613458 * a - 0.0638541728 * b,
                lightness - 0.0894841775 * a - 1.2914855480 * b,
            ],
            axis=-1,
        )
        ** 3
    )
    to_rgb = [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
    linear = np.clip(lms @ np.array(to_rgb).T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)

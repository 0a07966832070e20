"""The colours are readable on their pages, differ for every kind of colour vision, and names find their look.

Run: pytest tests/style/test_palette.py
"""

import itertools

import numpy as np
import plotly.graph_objects as go
import pytest
from colours import contrast, linear_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from rfsq.style.palette import STYLES, THEMES, VERDICTS, Theme, hollow, index_colors, label_of, short_label_of, style_of

# The contrast on the page that the design promises per family, light and dark.
PROMISED = {
    "vq": (3.6, 10.8),
    "lfq": (4.8, 5.6),
    "fsq": (3.6, 13.1),
    "none": (8.4, 9.2),
    "scale": (3.6, 4.9),
    "layernorm": (8.0, 5.2),
    "ceiling": (6.0, 7.7),
    "geometric": (16.6, 15.5),
}
FIRST_SEVEN = ("vq", "lfq", "fsq", "none", "scale", "layernorm", "ceiling")
PRESETS = (("none", "scale", "layernorm"), ("vq", "fsq", "layernorm"), ("geometric", "layernorm"))
# Machado, Oliveira and Fernandes 2009, severity 1.0, applied to linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
THEME_NAMES: tuple[Theme, Theme] = ("light", "dark")


def seen(color: str, vision: str) -> np.ndarray:
    """The colour as CIELAB, the way someone with this vision sees it."""
    linear = np.clip(np.array(VISION[vision]) @ linear_rgb(color), 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def smallest_distance(families: tuple[str, ...], theme: Theme) -> float:
    return min(
        float(deltaE_ciede2000(seen(STYLES[a].color(theme), vision), seen(STYLES[b].color(theme), vision)))
        for vision in VISION
        for a, b in itertools.combinations(families, 2)
    )


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_verdicts_can_be_read_as_text_and_told_apart_without_colour(theme: Theme) -> None:
    for style in VERDICTS.values():
        assert contrast(style.color(theme), THEMES[theme].page) >= 4.5
    assert len({style.glyph for style in VERDICTS.values()}) == len(VERDICTS)


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_every_family_is_visible_on_page_and_panel(theme: Theme) -> None:
    for style in STYLES.values():
        assert contrast(style.color(theme), THEMES[theme].page) >= 3.6, style.family
        assert contrast(style.color(theme), THEMES[theme].panel) >= 3.2, style.family


@pytest.mark.parametrize("family", PROMISED)
def test_contrast_is_what_the_design_promises(family: str) -> None:
    for theme, promised in zip(THEME_NAMES, PROMISED[family], strict=True):
        assert contrast(STYLES[family].color(theme), THEMES[theme].page) >= promised - 0.05


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_text_is_readable(theme: Theme) -> None:
    colors = THEMES[theme]
    for page in (colors.page, colors.panel):
        assert contrast(colors.text, page) >= 7
        assert contrast(colors.muted, page) >= 4.5


@pytest.mark.parametrize(("theme", "promised"), [("light", 12.4), ("dark", 14.1)])
def test_first_seven_differ_for_every_colour_vision(theme: Theme, promised: float) -> None:
    assert round(smallest_distance(FIRST_SEVEN, theme), 1) >= promised


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("theme", THEME_NAMES)
def test_methods_of_one_preset_differ_more(preset: tuple[str, ...], theme: Theme) -> None:
    assert round(smallest_distance(preset, theme), 1) >= 15.6


def test_an_own_model_has_the_colour_of_its_family_but_another_marker_and_line() -> None:
    for base in ("rfsq-4x1024-scale", "rvq-4x1024", "vq-4096", "fsq-8x8x8x8"):
        own, zoo = style_of(f"my-{base}-run-2"), style_of(base)
        assert (own.light, own.dark, own.glyph) == (zoo.light, zoo.dark, zoo.glyph)
        assert own.symbol.endswith("-open-dot") and own.width < zoo.width
        go.Scatter(marker_symbol=own.symbol)  # plotly refuses names that it does not know
    assert style_of("my-continuous-5-run-1").symbol == ""


def test_without_colour_every_method_still_has_its_own_mark_and_line() -> None:
    methods = [style for style in STYLES.values() if style.symbol]
    assert len({style.symbol for style in methods}) == len(methods)
    assert len({style.glyph for style in STYLES.values()}) == len(STYLES)
    markless = [style for style in STYLES.values() if not style.symbol]
    assert len({style.dash for style in markless}) == len(markless)


def test_what_stands_side_by_side_on_the_camera_and_in_compare_differs_in_outline_not_only_in_fill() -> None:
    outlines = [STYLES[name].symbol.removesuffix("-open") for name in ("none", "gain", "scale", "layernorm")]
    assert len(set(outlines)) == len(outlines) and outlines.count("x") == 1
    assert STYLES["gain"].symbol != hollow(STYLES["none"].symbol), "hollow marks say how a model was trained"


def test_variants_share_the_hue_of_their_family_and_differ_in_mark_and_dash() -> None:
    for base, variant in (("vq", "rvq"), ("lfq", "rlfq"), ("layernorm", "layernorm-global"), ("geometric", "grouped")):
        a, b = STYLES[base], STYLES[variant]
        assert (a.light, a.dark) == (b.light, b.dark)
        assert a.symbol != b.symbol and a.dash != b.dash


def test_layernorm_is_the_thickest_line() -> None:
    assert max(STYLES.values(), key=lambda style: style.width).family == "layernorm"


@pytest.mark.parametrize(
    ("name", "family", "label", "short"),
    [
        ("vq-4096", "vq", "VQ-EMA 4096", "VQ-EMA"),
        ("lfq-12", "lfq", "LFQ 12 bits", "LFQ"),
        ("fsq-8x8x8x8", "fsq", "FSQ 8·8·8·8", "FSQ"),
        ("fsq-22", "fsq", "FSQ 22 bits", "FSQ"),
        ("fsq-40-5x256", "fsq", "FSQ 40 bits, 5×256", "FSQ"),
        ("rvq-2x2048", "rvq", "RVQ 2×2048", "RVQ"),
        ("continuous-5", "ceiling", "unquantized, D = 5", "unquantized"),
        ("rfsq-4x1024-none", "none", "RFSQ 4×1024 none", "none"),
        ("rfsq-2x2048-scale", "scale", "RFSQ 2×2048 scale", "scale"),
        ("rfsq-4x1024-layernorm", "layernorm", "RFSQ 4×1024 layernorm", "layernorm"),
        ("rfsq-4x1024-layernorm-global", "layernorm-global", "RFSQ 4×1024 layernorm-global", "layernorm-global"),
        ("rfsq-4x1024-geometric", "geometric", "RFSQ 4×1024 geometric", "geometric"),
        ("rfsq-4x1024-grouped", "grouped", "RFSQ 4×1024 grouped", "grouped"),
        ("rfsq-8x1024-layernorm-progressive", "layernorm", "RFSQ 8×1024 layernorm-progressive", "layernorm"),
        ("webp", "webp", "WebP 4:2:0", "WebP 4:2:0"),
        ("avif-444", "avif-444", "AVIF 4:4:4", "AVIF 4:4:4"),
        ("rfsq-4x1024-scale-perceptual", "scale", "RFSQ 4×1024 scale, perceptual", "scale, perceptual"),
        ("f8-fsq-8x8x8x8-perceptual", "fsq", "f8 FSQ 8·8·8·8, perceptual", "f8 FSQ, perceptual"),
        ("f16-continuous-20", "ceiling", "f16 unquantized, D = 20", "f16 unquantized"),
        ("mine-perceptual", "other", "mine-perceptual", "mine-perceptual"),
        ("f8-mine", "other", "f8-mine", "f8-mine"),
        # Users' own models: the look by the words in the name, the name itself untouched.
        ("My_Scale_run", "scale", "My_Scale_run", "My_Scale_run"),
        ("rvq-mine-layernorm", "rvq", "rvq-mine-layernorm", "rvq-mine-layernorm"),
        ("grayscale", "other", "grayscale", "grayscale"),
        ("rfsq-mine", "other", "rfsq-mine", "rfsq-mine"),
        ("", "other", "", ""),
    ],
)
def test_names_find_their_look_and_label(name: str, family: str, label: str, short: str) -> None:
    assert style_of(name).family == family
    assert label_of(name) == label
    assert short_label_of(name) == short


@pytest.mark.parametrize("offset", [1, 2, 3, 4, 8, 16, 64, 256, 512])
@pytest.mark.parametrize("start", [0, 2**40 - 2048])
def test_colours_of_near_indices_are_not_similar(offset: int, start: int) -> None:
    """Also for the offsets by which one channel of an FSQ code with 4 or 8 levels changes the index."""
    lab = rgb2lab(index_colors(start + np.arange(1024 + offset)[None]))[0]
    assert deltaE_ciede2000(lab[offset:], lab[:-offset]).min() > 12


def test_index_colours_are_deterministic_and_mostly_distinct() -> None:
    indices = np.arange(4096).reshape(64, 64)
    colors = index_colors(indices)
    assert colors.shape == (64, 64, 3) and colors.dtype == np.uint8
    np.testing.assert_array_equal(index_colors(indices[::-1])[::-1], colors)
    assert len(np.unique(colors.reshape(-1, 3), axis=0)) > 0.99 * 4096


def test_a_perceptual_model_is_told_from_its_twin_by_its_marker() -> None:
    for name in ("fsq-8x8x8x8", "rfsq-4x1024-scale", "rfsq-4x1024-none", "rfsq-4x1024-layernorm-global"):
        plain, perceptual = style_of(name), style_of(f"{name}-perceptual")
        assert perceptual.light == plain.light and perceptual.symbol == f"{plain.symbol}-dot"
        go.Scatter(marker={"symbol": [perceptual.symbol, hollow(perceptual.symbol)]})  # plotly knows them
    assert style_of("continuous-5-perceptual").symbol == ""
    assert (hollow("square"), hollow("square-dot")) == ("square-open", "square-open-dot")


def test_a_quantizer_from_outside_is_called_by_its_name_and_told_from_the_next() -> None:
    names = [f"continuous-5.own{number}-residual_fsq-2" for number in (1, 2, 3)]
    assert {label_of(name) for name in names} == {short_label_of(names[0])} == {"own residual_fsq-2"}
    assert len({(style_of(name).glyph, style_of(name).dash) for name in names}) == 3
    assert style_of("continuous-5.own4-none") == style_of(names[0]), "its name is no family's"

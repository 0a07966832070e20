"""A moment of a codebook's life as pixels: every code where it is, dead ones hollow, lines to the codes in use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rfsq.figures.life_planes import SIDE, Window, life_plane, parts_of, window_of
from rfsq.style.palette import THEMES, style_of
from rfsq.teaching.lab.life import METHODS, Life

SQUARE = Window(0.0, 0.0, 2.0)


def rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[place : place + 2], 16) for place in (1, 3, 5))


def a_life() -> Life:
    """One seed, two frames, three samples, two codes, of which the second one is dead in the second frame."""
    samples = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0]], np.float32)
    latents = np.stack([samples, samples])[None]
    marks = np.array([[[[1.0, 1.0], [-1.5, 0.0]], [[1.0, 1.0], [-1.5, 0.0]]]], np.float32)
    return Life(
        method="fsq",
        codes=2,
        steps=np.array([0, 5]),
        usage=np.array([[1.0, 0.5]]),
        perplexity=np.array([[2.0, 1.0]]),
        error=np.array([[0.5, 0.7]]),
        measured=3,
        samples=samples,
        latents=latents,
        indices=np.array([[[0, 0, 1], [0, 0, 0]]]),
        marks=marks,
        decoded=-marks,
        used=np.array([[[True, True], [True, False]]]),
    )


def at(pixels: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place of the plane; the second channel grows downwards."""
    column, row = (int((value + 2) / 4 * SIDE) for value in (x, y))
    return tuple(int(value) for value in pixels[row, column])


def test_codes_in_use_are_full_and_dead_ones_hollow() -> None:
    for theme in ("light", "dark"):
        color, page = rgb(style_of(METHODS["fsq"].family).color(theme)), rgb(THEMES[theme].page)
        first, second = (
            life_plane(a_life(), seed=0, frame=frame, view="latents", window=SQUARE, theme=theme) for frame in (0, 1)
        )
        assert first.shape == (SIDE, SIDE, 3) and first.dtype == np.uint8
        assert at(first, 1, 1) == at(first, -1.5, 0) == color
        assert at(second, 1, 1) == color and at(second, -1.5, 0) == page


def test_a_line_leads_from_each_sample_to_its_code() -> None:
    first, second = (life_plane(a_life(), seed=0, frame=frame, view="latents", window=SQUARE) for frame in (0, 1))
    page = rgb(THEMES["light"].page)
    # Halfway from the third sample: to the second code at first, then to the first one.
    assert at(first, -0.25, -0.5) != page and at(second, -0.25, -0.5) == page
    assert at(second, 1.0, 0.5) != page and at(first, 1.0, 0.5) == page


def test_the_other_view_shows_samples_and_decoded_codes() -> None:
    pixels = life_plane(a_life(), seed=0, frame=0, view="data", window=SQUARE)
    color = rgb(style_of(METHODS["fsq"].family).color("light"))
    assert at(pixels, -1, -1) == color and at(pixels, 1.5, 0) == color and at(pixels, -1.5, 0) != color


def test_the_window_holds_all_that_is_near_and_is_one_for_all() -> None:
    life = a_life()
    far = replace(life, marks=life.marks * 3)
    window = window_of(parts_of({"one": life, "other": far}, 0, "latents"))
    assert window.half > 2.9 and abs(window.x - window.half) > 4
    small = window_of(parts_of({"one": replace(life, marks=life.marks * 0, latents=life.latents * 0)}, 0, "latents"))
    assert small.half == pytest.approx(1.3 * 1.06)
    with pytest.raises(IndexError):
        life_plane(life, seed=1, frame=0, view="latents", window=SQUARE)

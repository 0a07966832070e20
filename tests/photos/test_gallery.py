"""The gallery is complete, small, licensed and independent of scikit-image.

Run: python -m pytest tests/photos/test_gallery.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT

from rfsq.photos import gallery
from rfsq.photos.errors import ImageError
from rfsq.photos.gallery import EXAMPLES, load_example

PHOTOS = Path(gallery.__file__).with_name("gallery_photos")
NAMES = [example.name for example in EXAMPLES]


def test_there_are_at_least_eight_examples_with_distinct_names_usable_in_links() -> None:
    assert len(EXAMPLES) >= 8
    assert len(set(NAMES)) == len({example.title for example in EXAMPLES}) == len(EXAMPLES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in NAMES)


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_every_example_loads_and_says_what_to_look_for(example: gallery.Example) -> None:
    pixels = load_example(example.name)
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    assert 256 <= max(pixels.shape[:2]) <= 768
    assert pixels.std() > 10
    assert example.credit and example.why.endswith(".") and example.why.count(".") == 1


def test_examples_are_shared_and_cannot_be_changed_by_a_caller() -> None:
    pixels = load_example(NAMES[0])
    assert load_example(NAMES[0]) is pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 0


def test_the_opening_picture_is_a_colour_photo_with_fine_texture() -> None:
    pixels = load_example(NAMES[0])
    height, width = pixels.shape[:2]
    center = pixels[height // 2 - 128 : height // 2 + 128, width // 2 - 128 : width // 2 + 128].astype(float)
    assert np.abs(center[..., 0] - center[..., 2]).mean() > 10  # colour
    blocks = center[: len(center) // 4 * 4, : center.shape[1] // 4 * 4].mean(-1)
    blocks = blocks.reshape(blocks.shape[0] // 4, 4, -1, 4)
    spread = blocks.std(axis=(1, 3))  # inside each 4 × 4 block, one token's worth
    assert (spread > 2).mean() > 0.8


def test_an_unknown_name_is_refused_in_words() -> None:
    with pytest.raises(ImageError, match="There is no example 'dog'. There are: cat, "):
        load_example("dog")
    with pytest.raises(ImageError):
        load_example("../gallery_photos/cat")


def test_every_shipped_file_is_used_and_has_a_licence_entry() -> None:
    shipped = {path.name for path in PHOTOS.iterdir()} - {"SOURCES.md"}
    rows = [
        line.split("|") for line in (PHOTOS / "SOURCES.md").read_text("utf-8").splitlines() if line.startswith("| `")
    ]
    licensed = {row[1].strip(" `"): row[4].strip() for row in rows}
    assert shipped == set(licensed) == set(gallery._PHOTOS.values())
    assert all(licence.startswith(("CC0 1.0", "public domain")) for licence in licensed.values())
    assert all(cell.strip() for row in rows for cell in row[1:7])


def test_the_photos_stay_under_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in PHOTOS.iterdir()) < 2_000_000


def test_charts_are_512_square_and_the_same_every_time() -> None:
    for draw in (gallery.zone_plate, gallery.gradients, gallery.text_and_lines):
        chart = draw()
        assert chart.shape == (512, 512, 3) and chart.dtype == np.uint8
        np.testing.assert_array_equal(chart, draw())


def test_the_zone_plate_is_symmetric_and_reaches_the_finest_ring_at_its_rim() -> None:
    chart = gallery.zone_plate()[..., 0].astype(int)
    np.testing.assert_array_equal(chart, chart[::-1])
    np.testing.assert_array_equal(chart, chart.T)
    assert chart[256, 256] > 250 and chart[0, 0] == 128
    near_rim = chart[256, 20:40]  # frequency 0.42 to 0.46 cycles per pixel: neighbours alternate
    assert np.abs(np.diff(near_rim)).mean() > 100


def test_gradients_have_no_step_inside_a_band() -> None:
    steps = np.abs(np.diff(gallery.gradients().astype(int), axis=1))
    assert steps.max() <= 3  # six ramps of 255 in the hue band: three levels a pixel


def test_loading_every_example_imports_no_scikit_image() -> None:
    code = (
        "import sys; from rfsq.photos.gallery import EXAMPLES, load_example; [load_example(e.name) for e in EXAMPLES];"
        "sys.exit('skimage' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

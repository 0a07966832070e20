"""Frames for slides: one per stage, with pictures as they are and all texts large enough."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from rfsq.figures.stage_sequence import HEIGHT, SMALL, WIDTH, SequencePicture, stage_numbers, stage_sequence
from rfsq.style.lettering import fitted_lines, lettering
from rfsq.style.palette import THEMES, Theme

NOTES = ("RFSQ 4×1024 none; RFSQ 4×1024 scale.", "Photo: Cat, 100 × 80 pixels. Stefan van der Walt, CC0.")


def pictures(count: int, stages: int = 3, side: tuple[int, int] = (80, 100)) -> list[SequencePicture]:
    """An original and `count` methods whose pictures are noise."""
    random = np.random.default_rng(0)

    def noise() -> np.ndarray:
        return random.integers(0, 256, (*side, 3), dtype=np.uint8)

    found = [SequencePicture("Original", "", (noise(),), (("100 × 80 pixels",),))]
    for number in range(count):
        captions = tuple((f"{20 + k}.0 dB", f"{10 * k} bits/token · {k}.000 bpp") for k in range(1, stages + 1))
        frames = tuple(noise() for _ in range(stages))
        found.append(SequencePicture(f"method {number}", "rfsq-4x1024-layernorm", frames, captions))
    return found


def written(text: str, size: int, color: str, page: str) -> np.ndarray:
    """The text as it is drawn, cut to its ink."""
    font = lettering(size)
    box = font.getbbox(text)
    image = Image.new("RGB", (int(box[2]) + 1, int(box[3]) + 1), page)
    ImageDraw.Draw(image).text((0, 0), text, font=font, fill=color)
    return np.asarray(image)[int(box[1]) :, int(box[0]) :]


def found(part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether `part` stands anywhere in `whole`, pixel by pixel."""
    height, width = part.shape[:2]
    middle, above = part[height // 2].tobytes(), height // 2
    for y in range(above, len(whole) - height + above + 1):
        row, at = whole[y].tobytes(), -1
        while (at := row.find(middle, at + 1)) >= 0:
            x = at // 3
            if at % 3 == 0 and np.array_equal(whole[y - above : y - above + height, x : x + width], part):
                return True
    return False


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_stage_has_a_frame_with_its_number_captions_and_notes(theme: Theme) -> None:
    colors = THEMES[theme]
    frames = stage_sequence(pictures(2), NOTES, stage_numbers(3), theme=theme)
    assert len(frames) == 3 and len({frame.shape for frame in frames}) == 1
    assert frames[0].shape[1] == WIDTH and frames[0].shape[0] <= HEIGHT and frames[0].dtype == np.uint8
    for k, frame in enumerate(frames, start=1):
        assert found(written(f"Stage {k} of 3", 40, colors.text, colors.page), frame)
        assert found(written(f"{20 + k}.0 dB", SMALL, colors.text, colors.page), frame)
        assert not found(written(f"{21 + k}.0 dB", SMALL, colors.text, colors.page), frame)
        assert all(found(written(note, SMALL, colors.muted, colors.page), frame) for note in NOTES)


def test_pictures_are_enlarged_by_whole_numbers_and_stay_exact() -> None:
    shown = pictures(1)
    frames = stage_sequence(shown, (), stage_numbers(3))
    for k, frame in enumerate(frames):
        for picture in shown:
            pixels = picture.at(k)[0]
            assert any(found(pixels.repeat(zoom, 0).repeat(zoom, 1), frame) for zoom in range(3, 12))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_frame_is_no_higher_than_the_slide_whatever_the_shape_of_the_photo(count: int) -> None:
    for side in ((256, 256), (400, 100), (60, 900), (1200, 1800)):
        frames = stage_sequence(pictures(count, 2, side), NOTES, stage_numbers(2))
        assert all(frame.shape[0] <= HEIGHT and frame.shape[1] == WIDTH for frame in frames)


def test_a_method_with_fewer_stages_keeps_its_last_picture() -> None:
    original, method = pictures(1, stages=3)
    short = SequencePicture("short", "fsq-8x8x8x8", method.frames[:1], (("22.0 dB",),))
    frames = stage_sequence([original, method, short], (), stage_numbers(3))
    assert len(frames) == 3
    assert np.array_equal(short.at(2)[0], short.frames[0]) and short.at(2)[1] == ("22.0 dB",)
    assert found(written("22.0 dB", SMALL, THEMES["light"].text, THEMES["light"].page), frames[2])


def test_what_cannot_be_shown_is_refused() -> None:
    with pytest.raises(ValueError, match="pictures of one size"):
        stage_sequence([], (), ["t"])
    with pytest.raises(ValueError, match="pictures of one size"):
        stage_sequence([*pictures(1), *pictures(1, side=(20, 20))], (), stage_numbers(3))
    original, method = pictures(1)
    with pytest.raises(ValueError, match="a caption for each frame"):
        stage_sequence([original, SequencePicture("m", "", method.frames, method.captions[:1])], (), stage_numbers(3))
    for heads in ((), stage_numbers(2)):
        with pytest.raises(ValueError, match="a head for each frame"):
            stage_sequence([original, method], (), heads)


def test_a_still_has_its_title_in_as_many_lines_as_it_needs_and_no_boxes() -> None:
    words = (
        "What the network makes of this photo after all of its stages, beside the photo as it was before any of that"
    )
    (frame,) = stage_sequence(pictures(1, stages=1), NOTES, [words])
    colors = THEMES["light"]
    lines = fitted_lines(words, WIDTH - 64, 40)
    assert len(lines) == 2 and all(found(written(line, 40, colors.text, colors.page), frame) for line in lines)
    assert frame.shape[0] <= HEIGHT
    (short,) = stage_sequence(pictures(1, stages=1), NOTES, ["Cat"])
    ink = (short[32:80] != short[0, 0]).any(axis=(0, 2))
    assert not ink[200:].any(), "one frame counts nothing"

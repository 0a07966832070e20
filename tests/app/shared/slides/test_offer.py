"""What stands on a slide beside the picture: whose photo it is, and files that are named from what they show."""

from __future__ import annotations

import numpy as np

from rfsq.app.shared.photo_strip import example_photo
from rfsq.app.shared.slides.offer import file_name, photo_note
from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto
from rfsq.photos.gallery import EXAMPLES


def test_every_photo_of_the_gallery_carries_its_licence_and_its_size() -> None:
    for example in EXAMPLES:
        note = photo_note(example_photo(example.name), (171, 256))
        assert note == f"Photo: {example.title}, 256 × 171 pixels. {example.credit}."


def test_nothing_of_somebodys_own_photo_is_told_but_its_size() -> None:
    own = ChosenPhoto(OWN_PHOTO, "holiday in 猫.jpg", "hint", "", "digest", np.zeros((4, 6, 3), np.uint8))
    assert photo_note(own, (4, 6)) == "Photo: not from the gallery, 6 × 4 pixels."


def test_names_of_files_are_plain_letters_whatever_a_model_is_called() -> None:
    assert file_name("cat", "RFSQ 4×1024 <b>", "", "3 of 4") == "cat_rfsq-4-1024-b_3-of-4"
    assert file_name("../..", "x" * 500) == "x" * 100

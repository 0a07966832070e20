"""Links to Train your own, and the settings of the recorded run."""

from __future__ import annotations

import pytest

from rfsq.app.shared.working_photo import OWN_PHOTO
from rfsq.app.train.recorded import recorded_run
from rfsq.app.train.settings import TrainSettings, read_train_link, write_train_link
from rfsq.photos.gallery import EXAMPLES
from rfsq.training.live import CHOICES

PHOTOS = tuple(example.name for example in EXAMPLES)


def test_links_round_trip_and_wrong_values_are_replaced_with_a_sentence() -> None:
    for settings in (TrainSettings(), TrainSettings(CHOICES[-1], "photo", 300, 7)):
        values = dict(part.split("=") for part in write_train_link(settings, "coffee").split("&"))
        assert read_train_link(values, photos=PHOTOS) == (settings, "coffee", ())
    bad = {"v": "9", "photo": OWN_PHOTO, "quantizer": "<b>", "data": "all", "seconds": "1e9", "seed": "-4"}
    settings, photo, notes = read_train_link(bad, photos=PHOTOS)
    assert settings == TrainSettings() and photo == "cat"
    assert len(notes) == 6 and not any("<" in note for note in notes)


def test_the_recorded_run_is_one_of_the_default_settings() -> None:
    recorded, first = recorded_run(), TrainSettings()
    assert recorded.base == first.base and round(recorded.seconds) == first.seconds
    assert recorded.log["photo_psnr_db"][-1] == pytest.approx(recorded.psnr_db, abs=0.5)
    assert recorded.log["photo_psnr_db"][-1] > recorded.log["photo_psnr_db"][0] + 8

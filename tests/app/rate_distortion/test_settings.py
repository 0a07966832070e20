"""Links of the Rate–distortion page restore what they were written from."""

from urllib.parse import parse_qsl

import pytest

from rfsq.app.rate_distortion.settings import (
    RdLink,
    RdSettings,
    blocks_of,
    first_models,
    first_settings,
    measured_metrics,
    read_rd_link,
    write_rd_link,
)
from rfsq.app.viewer import Place

AVAILABLE = ("vq-4096", "rfsq-4x1024-layernorm", "rfsq-4x1024-grouped", "lfq-12")
PHOTOS = ("cat", "coffee")


def test_a_link_restores_the_settings_and_the_photo() -> None:
    settings = RdSettings(
        ("vq-4096", "rfsq-4x1024-layernorm"), "ssim", "512", "4:4:4", "rfsq-4x1024-layernorm", 3, "flip"
    )
    link = dict(parse_qsl(write_rd_link(settings, "coffee")))
    assert read_rd_link(link, photos=PHOTOS, available=AVAILABLE) == RdLink(settings, "coffee", Place(), ())
    place = Place(picture="webp", left="jpeg-444", zoom=3.0, x=0.2, y=0.7)
    link |= {"picture": "webp", "left": "jpeg-444", "zoom": "3", "at": "0.2,0.7"}
    assert read_rd_link(link, photos=PHOTOS, available=AVAILABLE) == RdLink(settings, "coffee", place, ())


def test_without_a_link_it_is_the_first_view_with_the_models_that_are_here() -> None:
    assert read_rd_link({}, photos=PHOTOS, available=AVAILABLE).settings == RdSettings() == first_settings(AVAILABLE)
    assert first_settings(("vq-4096",)) == RdSettings(("vq-4096",), model="vq-4096", stages=1)


def test_every_value_at_fault_has_one_note() -> None:
    wrong = {"v": "0", "photo": "x", "models": "x", "metric": "l1", "size": "full", "colour": "5", "file": "y"}
    wrong |= {"stages": "9", "view": "z"}
    wrong |= {"picture": "jpeg-444", "divider": "2"}  # colour is 4:2:0
    link = read_rd_link(wrong, photos=PHOTOS, available=AVAILABLE)
    assert (link.settings, link.photo, link.place) == (RdSettings(), "cat", Place()) and len(link.notes) == len(wrong)
    many = read_rd_link({"models": ",".join(AVAILABLE)}, photos=PHOTOS, available=AVAILABLE)
    assert many.settings.models == AVAILABLE[:3] and many.notes == ("The link asks for 4 models. Showing the first 3.",)


def test_models_of_small_and_large_blocks_do_not_mix_in_a_link() -> None:
    coarse = ("f8-fsq-8x8x8x8-perceptual", "f8-continuous-10-perceptual.vq-1024-s4-none")
    available = (*AVAILABLE, *coarse)
    link = read_rd_link(
        {"models": f"{coarse[1]},vq-4096", "file": coarse[1], "stages": "3"}, photos=PHOTOS, available=available
    )
    assert link.settings.models == coarse[1:] and link.settings.stages == 3
    assert link.notes == ("The link asks for models of small and of large blocks. Showing those like the first.",)
    assert first_models(available, "coarse") == coarse and first_models(AVAILABLE, "coarse") == ()
    assert (blocks_of(coarse[1]), blocks_of("vq-4096")) == ("coarse", "fine")
    assert first_settings(coarse).models == coarse


def test_metrics_of_networks_are_offered_where_their_weights_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured_metrics()[:3] == ("psnr_db", "ssim", "flip")
    monkeypatch.setattr(
        "rfsq.app.rate_distortion.settings.st_lpips_missing", lambda net: "no" if net == "vgg" else None
    )
    assert measured_metrics() == ("psnr_db", "ssim", "flip", "st_lpips")
    link = read_rd_link({"metric": "st_lpips_vgg"}, photos=PHOTOS, available=AVAILABLE)
    assert link.settings.metric == "psnr_db" and len(link.notes) == 1

"""Links of the Rate–distortion page restore what they were written from."""

from urllib.parse import parse_qsl

from rfsq.app.rate_distortion.settings import RdLink, RdSettings, first_settings, read_rd_link, write_rd_link
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

"""The settings of the page "Train your own" as one value, and the links that restore them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.shared.link_reader import VERSION, LinkReader
from rfsq.app.shared.working_photo import FIRST_PHOTO, OWN_PHOTO
from rfsq.app.train.runs import SECONDS
from rfsq.training.live import CHOICES

DATA: Final = {"gallery": "all gallery photos", "photo": "this photo alone"}
MAX_SEED: Final = 9_999


@dataclass(frozen=True)
class TrainSettings:
    """What the next run does. The defaults are those of the recorded run."""

    base: str = "rfsq-4x1024-scale"  # one of CHOICES
    data: str = "gallery"  # key of DATA
    seconds: int = 60  # one of SECONDS
    seed: int = 0


def write_train_link(settings: TrainSettings, photo: str) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            "photo": photo,
            "quantizer": settings.base,
            "data": settings.data,
            "seconds": settings.seconds,
            "seed": settings.seed,
        }
    )


def read_train_link(
    values: Mapping[str, str], *, photos: Collection[str]
) -> tuple[TrainSettings, str, tuple[str, ...]]:
    """Settings, the photo's name, and a sentence for each value of the link that had to be replaced."""
    reader, first = LinkReader(values), TrainSettings()
    reader.check_version()
    photo = FIRST_PHOTO
    if values.get("photo") == OWN_PHOTO:
        reader.say("The sender's own photo is not in a link. Showing an example instead.")
    else:
        photo = reader.choice("photo", photos, photo, "There is no example photo")
    lengths = [str(seconds) for seconds in SECONDS]
    settings = TrainSettings(
        base=reader.choice("quantizer", CHOICES, first.base, "There is no quantizer"),
        data=reader.choice("data", DATA, first.data, "There are no training photos"),
        seconds=int(reader.choice("seconds", lengths, str(first.seconds), "There is no duration")),
        seed=reader.whole("seed", 0, MAX_SEED, first.seed, "as the seed"),
    )
    return settings, photo, tuple(reader.notes)

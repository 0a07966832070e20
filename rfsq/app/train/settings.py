"""The settings of the page "Train your own" as one value, and the links that restore them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.working_photo import FIRST_PHOTO
from rfsq.app.train.runs import SECONDS
from rfsq.quantizers import CONDITIONINGS
from rfsq.style.palette import label_of
from rfsq.training.live import CHOICES

DATA: Final = {"gallery": "gallery photos", "photo": "this photo alone"}
MAX_SEED: Final = 9_999
CONDITIONED: Final = {  # the quantizers that differ in their conditioning alone
    conditioning: name for conditioning in CONDITIONINGS if (name := f"rfsq-4x1024-{conditioning}") in CHOICES
}


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


def read_train_link(values: LinkValues, *, photos: Collection[str]) -> tuple[TrainSettings, str, tuple[str, ...]]:
    """Settings, the photo's name, and a note for each parameter of the link that had to be replaced."""
    reader, first = LinkReader(values), TrainSettings()
    reader.check_version()
    photo = reader.photo(photos, FIRST_PHOTO)
    quantizers = {name: label_of(name) for name in CHOICES}
    lengths = {str(seconds): duration_text(seconds) for seconds in SECONDS}
    settings = TrainSettings(
        base=reader.choice("quantizer", quantizers, first.base, "There is no quantizer"),
        data=reader.choice("data", DATA, first.data, "There are no training photos"),
        seconds=int(reader.choice("seconds", lengths, str(first.seconds), "There is no duration")),
        seed=reader.whole("seed", 0, MAX_SEED, first.seed, "as the seed"),
    )
    return settings, photo, reader.notes


def duration_text(seconds: int) -> str:
    """ "60 s", "5 min"."""
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"

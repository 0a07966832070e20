"""What the page "Train your own" offers for slides: the latest run's picture beside the original, and its curves."""

from __future__ import annotations

import numpy as np

from rfsq.app.shared.photo_strip import example_names, example_photo
from rfsq.app.shared.slides.offer import ChartOffer, PicturesOffer, SlideOffer, file_name, photo_note
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.app.train.progress import TrainPictures, curves_now, pictures_now
from rfsq.app.train.session import session
from rfsq.app.train.settings import DATA, TrainSettings
from rfsq.figures.stage_sequence import SequencePicture
from rfsq.style.palette import Theme, label_of

NO_EVIDENCE = (
    "A small network, trained for a moment on a handful of photos, is no evidence about quantizers; "
    "the Results page has that."
)


def train_slides(photo: ChosenPhoto, settings: TrainSettings, theme: Theme) -> SlideOffer:
    """As the latest run stands when it is asked for."""
    runs = session().runs
    views = [started.view() for started in runs]
    started, view = (runs[-1], views[-1]) if runs else (None, None)
    pictures = pictures_now(photo, settings, started, view)
    figure, curve_notes = curves_now(runs, views, theme)
    learned = "" if started is None else f"Run {started.number} learns from {DATA[started.settings.data]}. "
    about = (f"{learned}{NO_EVIDENCE}", _photo_note(photo, pictures))
    step = "recorded" if view is None else f"step {view.step}"
    return SlideOffer(
        file=file_name("train", pictures.method, step),
        view=PicturesOffer(label_of(pictures.method), lambda: _pictures(pictures), about),
        charts={
            "curves": ChartOffer(lambda: figure, (*(note.replace("`", "") for note in curve_notes), *about), "curves")
        },
    )


def _pictures(now: TrainPictures) -> list[SequencePicture]:
    height, width = now.shown.shape[:2]
    drawn = np.full_like(now.shown, 128) if now.drawn is None else now.drawn
    return [
        SequencePicture("Original", "", (now.shown,), ((f"{width} × {height} pixels",),)),
        SequencePicture(label_of(now.method), now.method, (drawn,), ((now.words,),)),
    ]


def _photo_note(photo: ChosenPhoto, now: TrainPictures) -> str:
    """Whose photo is shown: the run's, which need not be the one that is chosen now."""
    height, width = now.shown.shape[:2]
    if now.digest != photo.digest:
        known = [found for found in map(example_photo, example_names()) if found.digest == now.digest]
        if not known:
            return f"Photo: not from the gallery, {width} × {height} pixels."
        photo = known[0]
    return photo_note(photo, (height, width))

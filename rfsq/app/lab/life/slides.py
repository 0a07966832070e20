"""What the part "Codebook life" offers for slides: the film as it stands and as an animation, and what all lives come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rfsq.app.lab.life.settings import ENCODER_NAMES, START_NAMES, LifeView
from rfsq.app.lab.sampled import SOURCE_NAMES
from rfsq.app.shared.slides.offer import ChartOffer, PicturesOffer, SequenceOffer, SlideOffer, file_name, photo_note
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.figures.life_ends import life_ends
from rfsq.figures.life_planes import life_plane, parts_of, window_of
from rfsq.figures.stage_sequence import SequencePicture
from rfsq.style.palette import Theme
from rfsq.style.wording import format_share
from rfsq.teaching.lab.life import METHODS, STEPS, Life
from rfsq.teaching.lab.life.readings import codes_used

_EVERY: Final = 50  # steps from one frame of the animation to the next


def life_slides(
    settings: LifeView, lives: Mapping[str, Life], floor: float, photo: ChosenPhoto | None, theme: Theme
) -> SlideOffer:
    """All that the part offers. lives: those that are shown, by name; floor: the error of k-means."""
    about = _notes(settings, photo)
    drawn = (
        f"Seed {settings.drawn}; all planes have one ruler. A hollow code is one that none of the measured samples takes.",
    )
    steps = list(range(0, STEPS + 1, _EVERY))
    return SlideOffer(
        file=file_name("lab-life", settings.source, settings.start),
        view=PicturesOffer(
            f"Step {settings.at} of {STEPS}",
            lambda: _planes(settings, lives, [settings.at], theme),
            (*about, *drawn),
            f"step {settings.at}",
        ),
        sequence=SequenceOffer(
            f"steps 0 to {STEPS}",
            tuple(f"Step {step} of {STEPS}" for step in steps),
            lambda: _planes(settings, lives, steps, theme),
            (*about, *drawn),
        ),
        charts={
            "codes used, perplexity, error": ChartOffer(
                lambda: life_ends(lives, floor=floor, theme=theme), (*about, "A dot for each seed."), "ends"
            )
        },
    )


def _planes(settings: LifeView, lives: Mapping[str, Life], steps: Sequence[int], theme: Theme) -> list[SequencePicture]:
    seed, view = settings.drawn - 1, settings.view
    window = window_of(parts_of(lives, seed, view))
    found = []
    for name, life in lives.items():
        frames = [life.steps.tolist().index(step) for step in steps]
        pixels = tuple(
            life_plane(life, seed=seed, frame=frame, view=view, window=window, theme=theme) for frame in frames
        )
        captions = tuple(
            (
                f"{codes_used(life, frame)[seed]} of {life.codes} codes used",
                f"perplexity {life.perplexity[seed, frame]:.1f} · error {format_share(float(life.error[seed, frame]))}",
            )
            for frame in frames
        )
        found.append(SequencePicture(METHODS[name].label, METHODS[name].family, pixels, captions))
    return found


def _notes(settings: LifeView, photo: ChosenPhoto | None) -> tuple[str, ...]:
    """What all methods have in common, and the photo whose latents the samples are."""
    said = [
        f"Source: {SOURCE_NAMES[settings.source]}",
        f"{settings.codes} codes",
        f"start: {START_NAMES[settings.start]}",
        f"encoder: {ENCODER_NAMES[settings.encoder]}",
        f"learning rate {settings.rate:g}",
        f"commitment weight {settings.commitment:g}",
    ]
    shown = () if photo is None or not settings.uses_photo else (photo_note(photo, None),)
    return (f"{'; '.join(said)}.", *shown)

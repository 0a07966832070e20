"""Guided steps through lives of codebooks, in the order of a lesson; what is seen is computed (`readings`)."""

from __future__ import annotations

from rfsq.app.lab.guided import Lesson, Step
from rfsq.app.lab.life.settings import LifeView

LESSON = Lesson(
    "life",
    (
        Step(
            "collapse",
            "The classic collapse",
            "All codes begin in a far corner, and the encoder is frozen. The nearest codes take every sample and move; a code that "
            "nothing takes has nothing to learn from and stays, unless it is revived.",
            LifeView(),
        ),
        Step(
            "encoder",
            "Let the encoder learn",
            "The same corner, but the encoder learns: it can bring the latents to the codes. Watch who gets out, and when. Plain VQ "
            "and the rotation trick differ in nothing but the gradients that their encoders get.",
            LifeView(encoder="learns", step="encoder"),
        ),
        Step(
            "samples",
            "Begin on the samples",
            "Codes begin on samples, as k-means would have them. Watch what is left of the differences in use, then of those in error.",
            LifeView(start="data", encoder="learns", step="samples"),
        ),
        Step(
            "latents",
            "A bad start for everybody",
            "The codes begin well, the encoder badly: its latents begin far from all codes, FSQ's and LFQ's grids included.",
            LifeView(start="latents", encoder="learns", step="latents"),
        ),
    ),
)

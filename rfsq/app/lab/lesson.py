"""The Lab's guided steps: settings with a sentence on what to watch, in the order of a lesson."""

from __future__ import annotations

from dataclasses import dataclass

from rfsq.app.lab.settings import LabSettings


@dataclass(frozen=True)
class Step:
    """One step of the lesson."""

    name: str  # in links
    title: str
    watch: str  # what to look at, and what to do
    settings: LabSettings


LESSON: tuple[Step, ...] = (
    Step(
        "decay",
        "Make the decay happen",
        "Nothing is done to the remainder. Press play: from stage 3 on every sample lies within four cells, a stage can "
        "only say a sign in each channel, and the line of none goes flat.",
        LabSettings(step="decay"),
    ),
    Step(
        "scale",
        "Fix it with a scale",
        "Each stage multiplies the remainder by a factor, so the cells shrink with the cloud. Move the factors below and try "
        "to beat the fitted ones; then let the gradient find them.",
        LabSettings(conditioning="scale", stage=3, step="scale"),
    ),
    Step(
        "tail",
        "Break the scale with a heavy tail",
        "The factors are those of the Gaussian, the samples are not: a few lie far out. No late cell reaches them, and "
        "they alone hold the error up. Magnify stage 4 to see the others, which are fine.",
        LabSettings(source="heavy-tailed", conditioning="scale", fitted_on="gaussian", stage=4, step="tail"),
    ),
    Step(
        "layernorm",
        "LayerNorm",
        "LayerNorm measures the spread of the remainder where a scale remembers it. Same samples, its gains from the same "
        "Gaussian: its line ends below that of scale. Then set “Fitted on” to the same source (More): both fall far, and end level.",
        LabSettings(source="heavy-tailed", conditioning="layernorm", fitted_on="gaussian", stage=4, step="layernorm"),
    ),
    Step(
        "geometric",
        "Geometric steps",
        "Bend the plane so that nothing can be far out, then refine by a fixed factor, as the next digit of a number does. "
        "Every cell is in use at every stage, with nothing learned. The price: undoing the bend stretches far errors.",
        LabSettings(source="heavy-tailed", conditioning="geometric", stage=2, step="geometric"),
    ),
)
STEPS = {step.name: step for step in LESSON}

"""The Lab's guided steps: settings with a sentence on what to watch, in the order of a lesson."""

from __future__ import annotations

from rfsq.app.lab.guided import Lesson, Step
from rfsq.app.lab.settings import LabSettings

LESSON = Lesson(
    "lab",
    (
        Step(
            "decay",
            "Make the decay happen",
            "Nothing is done to the remainder before it is rounded. Press play and watch the cloud shrink into the middle cells.",
            LabSettings(step="decay"),
        ),
        Step(
            "scale",
            "Fix it with a scale",
            "Each stage multiplies the remainder by a factor, so the cells shrink with the cloud. Move the factors and try to beat "
            "the fitted ones; then let the gradient find them.",
            LabSettings(conditioning="scale", stage=3, step="scale"),
        ),
        Step(
            "tail",
            "Break the scale with another source",
            "The factors are those of the Gaussian, the samples are not: a few lie far out. Magnify stage 4 to see the many. Then "
            "set “Fitted on” to the same source (More).",
            LabSettings(source="heavy-tailed", conditioning="scale", fitted_on="gaussian", stage=4, step="tail"),
        ),
        Step(
            "layernorm",
            "LayerNorm",
            "LayerNorm measures the spread of the remainder where a scale remembers it. Same samples, its gains from the same "
            "Gaussian. Then set “Fitted on” to the same source (More), and try other seeds.",
            LabSettings(
                source="heavy-tailed", conditioning="layernorm", fitted_on="gaussian", stage=4, step="layernorm"
            ),
        ),
        Step(
            "geometric",
            "Geometric steps",
            "Bend the plane so that it ends, then refine by a fixed factor, as the next digit of a number does: the scheme of "
            "ResidualFSQ in vector-quantize-pytorch. Then choose another source: Gaussian, uniform, ring, mixture.",
            LabSettings(source="heavy-tailed", conditioning="geometric", stage=2, step="geometric"),
        ),
    ),
)

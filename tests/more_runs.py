"""Made-up results of models that were trained again: the same scores on every photo, moved by a constant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rfsq.evidence.results import ModelResults, Results, with_runs
from rfsq.evidence.runs import TrainingRun


def with_more_runs(results: Results, moved: Mapping[str, Sequence[float]]) -> Results:
    """moved: model -> how much each further run is better in PSNR than the first, in dB."""
    return with_runs_moved(results, "psnr_db", moved)


def with_runs_moved(results: Results, metric: str, moved: Mapping[str, Sequence[float]]) -> Results:
    """moved: model -> how much each further run has more by a metric than the first."""
    models = dict(results.models)
    for name, steps in moved.items():
        model = models[name]
        runs = [
            TrainingRun(
                seed,
                f"{seed:x}" * 64,
                "a GPU",
                model.full,
                {**model.per_image, metric: tuple(value + step for value in model.per_image[metric])},
            )
            for seed, step in enumerate(steps, start=1)
        ]
        models[name] = with_runs(model, runs)
    return replace(results, models=models)


def without_own(model: ModelResults, metric: str) -> ModelResults:
    """As if the model that is here had not been measured by a metric, while its other runs were."""
    per_image = {key: scores for key, scores in model.per_image.items() if key != metric}
    full = replace(model.full, **{metric: None})  # type: ignore[arg-type]  # of any metric
    return replace(model, scores=(*model.scores[:-1], full), per_image=per_image)

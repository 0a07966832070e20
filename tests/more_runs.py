"""Made-up results of models that were trained again: the same scores on every photo, moved by a constant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rfsq.evidence.results import Results, with_runs
from rfsq.evidence.runs import TrainingRun


def with_more_runs(results: Results, moved: Mapping[str, Sequence[float]]) -> Results:
    """moved: model -> how much each further run is better in PSNR than the first, in dB."""
    models = dict(results.models)
    for name, steps in moved.items():
        model = models[name]
        runs = [
            TrainingRun(
                seed,
                f"{seed:x}" * 64,
                "a GPU",
                model.full,
                model.per_image | {"psnr_db": tuple(value + step for value in model.per_image["psnr_db"])},
            )
            for seed, step in enumerate(steps, start=1)
        ]
        models[name] = with_runs(model, runs)
    return replace(results, models=models)

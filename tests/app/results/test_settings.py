"""Links of the Results page restore what they were written from, and name what they ask for in vain."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rfsq.app.results.baselines import Dot, baseline_of
from rfsq.app.results.settings import ResultsSettings, measured_metrics, read_results_link, write_results_link
from rfsq.evidence.results import Results, with_scores

MakeResults = Callable[..., Results]
Usual = dict[str, float | list[float]]


def values(link: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in link.split("&"))


@pytest.mark.parametrize(
    "settings",
    [
        ResultsSettings(),
        ResultsSettings("rates", "l1", "2x2048", "usage", "vq-4096", "lfq-12", Dot("rfsq-4x1024-none", 2, "curves")),
    ],
)
def test_a_link_restores_the_settings(settings: ResultsSettings, make_results: MakeResults, usual: Usual) -> None:
    assert read_results_link(values(write_results_link(settings)), make_results(usual)) == (settings, ())


def test_every_value_at_fault_has_one_note(make_results: MakeResults, usual: Usual) -> None:
    wrong = {
        "part": "x",
        "metric": "ssim",
        "models": "x",
        "measure": "",
        "first": "zebra",
        "dot": "continuous-5",
        "v": "9",
    }
    settings, notes = read_results_link(wrong, make_results(usual))
    assert settings == ResultsSettings() and len(notes) == len(wrong)
    assert any("Most models were not measured by “ssim”" in note for note in notes)
    settings, notes = read_results_link({"dot": "vq-4096", "stages": "7", "chart": "z"}, make_results(usual))
    assert settings.dot == Dot("vq-4096", 1, "bands") and len(notes) == 2


def test_what_was_measured_takes_the_place_of_the_first_view(make_results: MakeResults) -> None:
    settings, notes = read_results_link({}, make_results({"vq-4096": 28.0, "rvq-4x1024": 30.0}))
    assert (settings.first, settings.second, settings.family, notes) == ("vq-4096", "rvq-4x1024", "others", ())


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("rfsq-4x1024-layernorm", "rfsq-4x1024-none"),
        ("rfsq-4x1024-none", "rfsq-4x1024-scale"),
        ("rfsq-4x1024-scale-perceptual", "rfsq-4x1024-scale"),
        ("vq-4096", "fsq-8x8x8x8"),
        ("fsq-8x8x8x8", "vq-4096"),
        ("rfsq-8x1024-layernorm-progressive", "continuous-5"),
    ],
)
def test_a_model_is_opened_beside_what_says_most(
    name: str, beside: str, make_results: MakeResults, usual: Usual
) -> None:
    more = {"rfsq-4x1024-scale-perceptual": 30.3, "rfsq-8x1024-layernorm-progressive": 30.3, "continuous-5": 30.5}
    assert baseline_of(make_results(usual | more), name) == beside


def test_a_model_that_is_alone_has_no_other_beside_it(make_results: MakeResults) -> None:
    assert baseline_of(make_results({"vq-4096": 28.0}), "vq-4096") is None


def test_a_metric_of_a_few_models_is_not_offered(make_results: MakeResults, usual: Usual) -> None:
    results = make_results(usual)
    name = next(iter(results.models))
    few = {**results.models, name: with_scores(results.models[name], "st_lpips_vgg", [0.1, 0.2] * 6)}
    assert "st_lpips_vgg" in few[name].per_image and "st_lpips_vgg" not in measured_metrics(
        replace(results, models=few)
    )
    every = {one: with_scores(model, "st_lpips_vgg", [0.1, 0.2] * 6) for one, model in results.models.items()}
    assert "st_lpips_vgg" in measured_metrics(replace(results, models=every))

"""The Results page without a browser: shows the results file, says what is missing, hands models to Compare."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_gallery import made_gallery
from made_grid import made_grid
from made_photos import made_photos
from made_search import made_search
from more_runs import with_more_runs
from paths import CHECKPOINTS
from streamlit.testing.v1 import AppTest
from tiny_models import save_tiny_models

from rfsq.app.results.stages import MEASURES
from rfsq.evidence.few_bits.networks import load_few_bits
from rfsq.evidence.few_bits.words import few_bits_findings
from rfsq.evidence.files.curves import gallery_file, write_curves
from rfsq.evidence.files.photos import photos_file, write_photos
from rfsq.evidence.loss_search.search import search_file, write_search
from rfsq.evidence.low_rates.words import TOGETHER
from rfsq.evidence.results import Results, load_results, results_file, write_results
from rfsq.evidence.stacks.findings import stack_findings
from rfsq.evidence.stacks.grid import grid_file, load_grid, write_grid
from rfsq.model.checkpoint import checkpoint_folder

MakeResults = Callable[..., Results]
Usual = dict[str, float | list[float]]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))


def opened(**query: str) -> AppTest:
    def script() -> None:
        from rfsq.app.results.page import results_page

        results_page()

    page = AppTest.from_function(script, default_timeout=120)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return " ".join(
        element.value for kind in ("caption", "markdown", "subheader", "info", "error") for element in page.get(kind)
    )


def test_without_results_it_says_how_to_make_them() -> None:
    page = opened()
    assert "python -m rfsq results --images DIR" in page.info[0].value and not page.get("plotly_chart")


def test_damaged_results_are_an_error_not_a_crash() -> None:
    results_file().write_text("{")
    assert "not valid JSON" in opened().error[0].value


def test_everything_is_shown_and_every_control_works(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    page = opened()
    charts = len(page.get("plotly_chart"))
    assert charts == 2 + 1 + 1 + 9 + 1  # bits, stages, pair, findings, grouped
    assert "a wider single-stage FSQ wins" in words(page) and "LPIPS: Not measured: no weights here." in words(page)
    for measure in MEASURES:
        page.segmented_control(key="results-measure").set_value(measure).run()
        assert not page.exception and len(page.get("plotly_chart")) == charts
        unit = {"entropy_bits": "bits", "perplexity": "codes"}.get(measure, "")
        assert unit in json.loads(page.get("plotly_chart")[2].proto.spec)["layout"]["yaxis"]["title"]["text"]
    assert "dB PSNR over 12 photos" in words(page) and "was decided on these photos" in words(page)
    page.segmented_control(key="results-metric").set_value("l1").run()
    assert not page.exception and "lower is better" in words(page)
    page.selectbox(key="pair-one").set_value("vq-4096").run()
    assert "Not a fair pair: 12" in words(page)
    page.selectbox(key="pair-other").set_value("vq-4096").run()
    assert "Choose two different models" in words(page) and "python -m rfsq stacks" in words(page)


def test_the_stacks_have_their_findings_each_with_its_picture(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    before = len(opened().get("plotly_chart"))
    write_grid(made_grid(), grid_file())
    page = opened()
    assert len(page.get("plotly_chart")) == before + 4
    assert "262 stacks around networks of 5 channels" in words(page) and "costs" in words(page)
    grid_file().write_text("{")
    assert "damaged" in opened().error[0].value


def test_a_link_restores_the_page_and_what_it_asks_for_in_vain_is_one_notice(
    make_results: MakeResults, usual: Usual
) -> None:
    write_results(make_results(usual), results_file())
    page = opened(metric="l1", models="2x2048", measure="usage", first="vq-4096", second="lfq-12", dot="vq-4096")
    assert page.segmented_control(key="results-metric").value == "l1"
    assert page.segmented_control(key="results-measure").value == "usage"
    assert (page.selectbox(key="pair-one").value, page.selectbox(key="pair-other").value) == ("vq-4096", "lfq-12")
    assert "**VQ-EMA 4096**, 1 stage, beside FSQ 8·8·8·8" in words(page) and not page.expander
    wrong = opened(metric="x", dot="y", first="z")
    assert "3 things" in wrong.expander[0].label
    wrong.segmented_control(key="results-metric").set_value("l1").run()
    assert not wrong.expander and not wrong.exception


def test_a_vq_family_has_no_signal_to_step_and_shows_entropy_instead(make_results: MakeResults) -> None:
    write_results(make_results({"rvq-4x1024": 30.4, "rfsq-4x1024-none": 29.4}), results_file())
    page = opened()
    page.segmented_control(key="results-family").set_value("others").run()
    assert not page.exception


def test_the_shipped_results_show_every_finding_with_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    page = opened()
    grid, results = load_grid(), load_results()
    stacks = 0 if grid is None or results is None else len(stack_findings(results, grid))
    few = load_few_bits()
    few_bits = 0 if few is None else len(few_bits_findings(few))  # more steps are one of them
    # bits, stages, stacks, few bits, low rates, their goals, pair, findings, grouped, terms
    assert len(page.get("plotly_chart")) == 2 + 1 + stacks + few_bits + 1 + 1 + 1 + 11 + 1 + 1
    assert "perceptual term buys ST-LPIPS" in words(page) and "8×8 pixels training together buys" in words(page)
    assert "More steps of training bought" in words(page)
    page.segmented_control(key="results-metric").set_value("st_lpips").run()
    assert not page.exception and "one for 8×8 pixels" in str(page.get("plotly_chart")[0].proto.spec)
    page.selectbox(key="pair-one").set_value("fsq-8x8x8x8-perceptual").run()
    page.selectbox(key="pair-other").set_value("f8-fsq-8x8x8x8-perceptual").run()
    assert "12\u202fbits for 4×4 pixels against 12\u202fbits for 8×8 pixels" in words(page)


def test_training_runs_are_counted_and_the_pair_says_what_they_add(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    assert "One training run each." in words(opened()) and "another might move it" in words(opened())
    names = ("rfsq-4x1024-layernorm", "rfsq-4x1024-none")
    write_results(with_more_runs(make_results(usual), {name: (0.1, -0.1) for name in names}), results_file())
    page = opened(first=names[0], second=names[1])
    assert f"2 of {len(usual)} models were trained 3 times" in words(page)
    assert "3 training runs each; the interval is ±" in words(page)


def test_perceptual_terms_have_their_finding_once_they_were_measured(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    before = opened()
    assert "`python -m rfsq results --search DIR`" in words(before)
    write_search(made_search({"st_lpips": 0.13, "st_lpips_vgg": 0.09, "flip": 0.12}), search_file())
    page = opened()
    assert len(page.get("plotly_chart")) == len(before.get("plotly_chart")) + 1
    assert "A learned metric can be gamed" in words(page) and "3 photos of `eval`" in words(page)
    search_file().write_text("{")
    assert any("perceptual-search.json is damaged" in error.value for error in opened().error)


def test_low_rates_have_their_finding_once_the_gallery_was_weighed(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    before = opened()
    assert "`python -m rfsq results --gallery`" in words(before)
    save_tiny_models(checkpoint_folder(), (TOGETHER,))
    write_curves(made_gallery(), gallery_file())
    page = opened()
    assert len(page.get("plotly_chart")) == len(before.get("plotly_chart")) + 1
    assert "beats JPEG 4:2:0" in words(page) and "the means over 2 photos" in words(page)
    assert any("ahead, at 0.10" in html.proto.body for html in page.get("html"))
    gallery_file().write_text("{}")
    assert "gallery-curves.json is damaged" in words(opened())


def test_the_goals_for_low_rates_are_shown_once_the_test_photos_were_weighed_one_by_one(
    make_results: MakeResults, usual: Usual
) -> None:
    write_results(make_results(usual), results_file())
    before = opened()
    assert "were weighed one by one yet" in words(before)
    write_photos(made_photos(), photos_file())
    page = opened()
    assert len(page.get("plotly_chart")) == len(before.get("plotly_chart")) + 1
    assert "Three goals for low rates on 20 test photos" in words(page) and "ST-LPIPS (VGG): 10 of them" in words(page)
    assert sum("without headers" in html.proto.body for html in page.get("html")) == 1
    photos_file().write_text("{}")
    assert "file-photos.json is damaged" in words(opened())

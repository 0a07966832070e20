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

from rfsq.app.results.parts import PARTS
from rfsq.app.results.stages import MEASURES
from rfsq.evidence.few_bits.file import load_few_bits
from rfsq.evidence.few_bits.words import few_bits_findings
from rfsq.evidence.files.curves import gallery_file, write_curves
from rfsq.evidence.files.photos import photos_file, write_photos
from rfsq.evidence.findings import findings
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


def test_the_first_part_shows_scores_stages_and_pair_and_every_control_works(
    make_results: MakeResults, usual: Usual
) -> None:
    write_results(make_results(usual), results_file())
    page = opened()
    charts = len(page.get("plotly_chart"))
    assert charts == 2 + 1 + 1  # bits, stages, pair
    assert "LPIPS: Not measured: no weights here." in words(page)
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
    assert "Choose two different models" in words(page)


def test_the_switch_leads_to_every_part_each_with_its_question(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    page = opened()
    seen = []
    for name, part in PARTS.items():
        page.segmented_control(key="results-part").set_value(name).run()
        assert not page.exception and page.title[0].value == part.title
        seen.append(len(page.get("plotly_chart")))
    assert seen == [4, 9 + 1, 0, 0, 0]  # findings and grouped; the others were not measured, which they say
    assert "The paper's table beside ours" in [header.value for header in page.header]
    page.segmented_control(key="results-part").set_value("findings").run()
    assert "a wider single-stage FSQ wins" in words(page)


def test_a_room_sees_one_chart_of_the_part_with_its_claim_as_title(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    page = opened(talk="1", part="findings")
    assert len(page.get("plotly_chart")) == 1 and page.title[0].value == findings(make_results(usual))[0].claim
    for asked in ("bits", "stacks"):  # no finding, or nothing measured: pair and stages
        page = opened(talk="1", part=asked)
        assert len(page.get("plotly_chart")) == 2 and page.title[0].value.startswith("Which of two")


def test_the_stacks_have_their_findings_each_with_its_picture(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    assert "python -m rfsq stacks" in words(opened(part="stacks"))
    write_grid(made_grid(), grid_file())
    page = opened(part="stacks")
    assert len(page.get("plotly_chart")) == 4
    assert "262 stacks around networks of 5 channels" in words(page) and "costs" in words(page)
    grid_file().write_text("{")
    assert "damaged" in opened(part="stacks").error[0].value


def test_a_link_restores_the_page_and_what_it_asks_for_in_vain_is_one_notice(
    make_results: MakeResults, usual: Usual
) -> None:
    write_results(make_results(usual), results_file())
    page = opened(metric="l1", models="2x2048", measure="usage", first="vq-4096", second="lfq-12", dot="vq-4096")
    assert page.segmented_control(key="results-metric").value == "l1"
    assert page.segmented_control(key="results-measure").value == "usage"
    assert (page.selectbox(key="pair-one").value, page.selectbox(key="pair-other").value) == ("vq-4096", "lfq-12")
    assert "**VQ-EMA 4096**, 1 stage, beside FSQ 8·8·8·8" in words(page) and not page.expander
    wrong = opened(metric="x", dot="y", first="z", part="w")
    assert "4 things" in wrong.expander[0].label
    wrong.segmented_control(key="results-metric").set_value("l1").run()
    assert not wrong.expander and not wrong.exception


def test_a_vq_family_has_no_signal_to_step_and_shows_entropy_instead(make_results: MakeResults) -> None:
    write_results(make_results({"rvq-4x1024": 30.4, "rfsq-4x1024-none": 29.4}), results_file())
    page = opened()
    page.segmented_control(key="results-family").set_value("others").run()
    assert not page.exception


def test_the_shipped_results_show_every_finding_with_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    grid, results, few = load_grid(), load_results(), load_few_bits()
    assert grid is not None and results is not None and few is not None
    few_bits = len(few_bits_findings(few))  # more steps are one of them
    for part, charts in {
        "bits": 2 + 1 + 1,  # scores, stages, pair
        "findings": 11 + 1,  # and grouped
        "stacks": len(stack_findings(results, grid)),
        "rates": 1 + 1 + few_bits + 1,  # gallery, goals, few bits, terms
        "paper": 0,
    }.items():
        assert len(opened(part=part).get("plotly_chart")) == charts, part
    assert "perceptual term buys ST-LPIPS" in words(opened(part="findings"))
    rates = words(opened(part="rates"))
    assert "8×8 pixels, with L1, training together buys" in rates and "In the last stretch, from " in rates
    page = opened()
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
    before = opened(part="rates")
    assert "`python -m rfsq results --search DIR`" in words(before)
    write_search(made_search({"st_lpips": 0.13, "st_lpips_vgg": 0.09, "flip": 0.12}), search_file())
    page = opened(part="rates")
    assert len(page.get("plotly_chart")) == len(before.get("plotly_chart")) + 1
    assert "A learned metric can be gamed" in words(page) and "3 photos of `eval`" in words(page)
    search_file().write_text("{")
    assert any("perceptual-search.json is damaged" in error.value for error in opened(part="rates").error)


def test_low_rates_have_their_finding_once_the_gallery_was_weighed(make_results: MakeResults, usual: Usual) -> None:
    write_results(make_results(usual), results_file())
    before = opened(part="rates")
    assert "`python -m rfsq results --gallery`" in words(before)
    save_tiny_models(checkpoint_folder(), (TOGETHER,))
    write_curves(made_gallery(), gallery_file())
    page = opened(part="rates")
    assert len(page.get("plotly_chart")) == len(before.get("plotly_chart")) + 1
    assert "beats JPEG 4:2:0" in words(page) and "the means over 2 photos" in words(page)
    assert any("ahead, at 0.10" in html.proto.body for html in page.get("html"))
    gallery_file().write_text("{}")
    assert "gallery-curves.json is damaged" in words(opened(part="rates"))


def test_the_goals_for_low_rates_are_shown_once_the_test_photos_were_weighed_one_by_one(
    make_results: MakeResults, usual: Usual
) -> None:
    write_results(make_results(usual), results_file())
    before = opened(part="rates")
    assert "were weighed one by one yet" in words(before)
    write_photos(made_photos(), photos_file())
    page = opened(part="rates")
    assert len(page.get("plotly_chart")) == len(before.get("plotly_chart")) + 1
    assert "Three goals for low rates on 20 test photos" in words(page) and "ST-LPIPS (VGG): 10 of them" in words(page)
    assert sum("without headers" in html.proto.body for html in page.get("html")) == 1
    photos_file().write_text("{}")
    assert "file-photos.json is damaged" in words(opened(part="rates"))

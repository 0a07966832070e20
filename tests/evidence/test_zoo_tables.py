"""The tables of the zoo: what stands in their rows, and what they are said to be of."""

from collections.abc import Callable
from dataclasses import replace

from more_runs import with_more_runs, without_own
from paths import CHECKPOINTS

from rfsq.evidence.results import Results, read_results
from rfsq.evidence.zoo_tables import runs_table, scores_table


def test_the_table_of_scores_names_its_source(
    make_results: Callable[..., Results], usual: dict[str, float | list[float]]
) -> None:
    text = scores_table(make_results(usual))
    assert "`python -m rfsq results --images photos`" in text and "12 photos" in text
    assert text.count("\n| `") == len(usual)


def test_the_table_of_training_runs_has_mean_and_spread(make_results: Callable[..., Results]) -> None:
    results = make_results({"vq-4096": 28.0, "lfq-12": 25.0})
    assert runs_table(results) == ""
    text = runs_table(with_more_runs(results, {"vq-4096": (0.3, -0.3)}))
    mean = results.full("vq-4096").psnr_db
    assert f"| `vq-4096` | 3 | {mean:.2f} ± 0.30 ({mean - 0.3:.2f} … {mean + 0.3:.2f}) | – |" in text
    assert "lfq-12" not in text and "of seeds 1 and 2, were trained on a GPU" in " ".join(text.split())
    assert "fewer" not in text


def test_a_cell_of_fewer_runs_than_its_row_says_so(make_results: Callable[..., Results]) -> None:
    names = ("vq-4096", "lfq-12", "fsq-8x8x8x8")
    results = with_more_runs(
        make_results(dict.fromkeys(names, 28.0)), dict(zip(names, ((0.3, -0.3), (0.3,), (0.1,)), strict=True))
    )
    without = {name: without_own(results.models[name], "psnr_db") for name in names[:2]}
    text = runs_table(replace(results, models={**results.models, **without}))
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    assert ") of 2 runs |" in rows["vq-4096"]
    assert " of 1 run |" in rows["lfq-12"] and " of " not in rows["fsq-8x8x8x8"]
    assert "The model that is here is missing in all of them." in " ".join(text.split())


def test_every_cell_of_the_shipped_runs_is_of_as_many_runs_as_it_says() -> None:
    results = read_results(CHECKPOINTS / "results.json")
    for line in runs_table(results).splitlines():
        if line.startswith("| `"):
            name, runs, _, st_lpips, *_ = (cell.strip(" `") for cell in line.strip("|").split("|"))
            count = len(results.models[name].of_all_runs("st_lpips"))
            assert st_lpips.endswith(f" of {count} runs") == (count != int(runs)), name

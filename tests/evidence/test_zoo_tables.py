"""The tables of the zoo: what stands in their rows, and what they are said to be of."""

from collections.abc import Callable

from more_runs import with_more_runs

from rfsq.evidence.results import Results
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

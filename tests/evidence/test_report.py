"""The parts of the documents that are written from what was measured."""

from collections.abc import Callable

import pytest
from made_grid import CEILING, made_grid

from rfsq.evidence import report
from rfsq.evidence.report import stacks_part
from rfsq.evidence.results import Results


def test_the_table_of_stacks_has_every_strategy_and_says_what_follows(
    make_results: Callable[..., Results], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = make_results({"vq-4096": 28.0})
    monkeypatch.setattr(report, "load_grid", lambda: made_grid(none=17.5))
    text = stacks_part(results)
    assert "| stack | none | gain | scale |" in text and text.count(" stages, ") >= 2
    assert "17.5 17.5 17.5 17.5 · 0.050" in text and f"without any rounding {CEILING:.2f} dB" in " ".join(text.split())
    assert "**More stages do not help none" in text
    monkeypatch.setattr(report, "load_grid", lambda: None)
    assert stacks_part(results) == ""

"""The store of all that was computed: its bound can be set where the app starts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from rfsq.app.shared.store import keep_in_turn, store


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    store.cache_clear()
    yield
    store.cache_clear()


def test_its_bound_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_STORE_MB", "1")
    for number in range(5):
        keep_in_turn(number, lambda: np.zeros(400_000, np.uint8), lambda pixels: pixels.nbytes)
    there = [store().peek(number) is not None for number in range(5)]
    assert there == [False, False, False, True, True], "two of them fit into 1 MB"


@pytest.mark.parametrize("asked", ["1.5", "-3", "much", "²"])
def test_another_bound_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("RFSQ_STORE_MB", asked)
    with pytest.raises(ValueError, match="RFSQ_STORE_MB must be a whole number"):
        store()

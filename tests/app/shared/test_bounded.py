"""The cache of the pages: bounded by bytes, the least recently used goes first, the newest stays."""

from __future__ import annotations

import threading

import pytest

from rfsq.app.shared.bounded import BoundedCache


def test_the_least_recently_used_goes_first() -> None:
    kept, computed = BoundedCache(25), []

    def get(name: str) -> None:
        def compute() -> str:
            computed.append(name)
            return name * 10

        assert kept.get(name, compute, len) == name * 10

    for name in "abaca":
        get(name)
    assert computed == ["a", "b", "c"], "a was used last and must stay"
    assert kept.peek("b") is None and kept.peek("c") and kept.peek("a")
    get("b")
    assert computed == ["a", "b", "c", "b"]


def test_the_newest_stays_even_when_it_alone_is_over_the_limit() -> None:
    kept = BoundedCache(100)
    for name in "abc":
        kept.get(name, lambda name=name: name * 40, len)  # type: ignore[misc]
    assert kept.get("huge", lambda: "x" * 500, len) == "x" * 500
    assert kept.peek("huge") and kept.peek("c") is None
    assert kept.get("huge", lambda: pytest.fail("computed again"), len) == "x" * 500


def test_many_threads_keep_the_count_of_bytes() -> None:
    kept = BoundedCache(300)

    def work(seed: int) -> None:
        for number in range(200):
            name = (seed * number) % 17
            assert kept.get(name, lambda: bytes(name + 1), len) == bytes(name + 1)  # noqa: B023  # used at once

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, size in (("all", 300), ("a", 100), ("b", 100), ("c", 100)):  # three fill it, if no byte was miscounted
        kept.get(name, lambda size=size: bytes(size), len)  # type: ignore[misc]
    assert kept.peek("all") is None and all(kept.peek(name) for name in "abc")
    kept.get("d", lambda: b"d", len)
    assert kept.peek("a") is None

"""What the tests of the app share: tiny untrained models of the whole zoo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paths import CHECKPOINTS, ROOT
from tiny_models import save_tiny_models

from rfsq.app import pages
from rfsq.app.shared.own_quantizers import name_quantizers
from rfsq.app.shared.slow_work import end_all
from rfsq.quantizers.foreign import Reference


@pytest.fixture(scope="session")
def tiny_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny checkpoints."""
    return save_tiny_models(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(autouse=True)
def no_idle_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server makes while nobody waits would go on in the next test."""
    monkeypatch.setattr(pages, "when_idle", lambda tasks: None)


@pytest.fixture(autouse=True)
def no_work_left() -> Iterator[None]:
    """What is computed beside a page would go on in the next test."""
    yield
    end_all(60)


@pytest.fixture
def start_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Name the quantizers that the process is started with, by their place from the repository's folder, a class of
    `tests/outside_quantizers.py`, or a `Reference`; beside the shipped checkpoints, whose networks they are fitted to."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))

    def start(*quantizers: str | Reference, seconds: float = 60) -> None:
        places = [
            quantizer
            if isinstance(quantizer, Reference)
            else Reference(
                f"{ROOT / quantizer}" if ":" in quantizer else f"{ROOT}/tests/outside_quantizers.py:{quantizer}"
            )
            for quantizer in quantizers
        ]
        name_quantizers(places, seconds=seconds, steps=5)

    yield start
    name_quantizers([])

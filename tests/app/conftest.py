"""What the tests of the app share: tiny untrained models of the whole zoo."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import save_tiny_models

from rfsq.app import pages


@pytest.fixture(scope="session")
def tiny_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny checkpoints."""
    return save_tiny_models(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(autouse=True)
def no_idle_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server makes while nobody waits would go on in the next test."""
    monkeypatch.setattr(pages, "when_idle", lambda tasks: None)

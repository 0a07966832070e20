"""What the tests of the app share: tiny untrained models of the whole zoo."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import save_tiny_models


@pytest.fixture(scope="session")
def tiny_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny checkpoints."""
    return save_tiny_models(tmp_path_factory.mktemp("checkpoints"))

"""What the tests of models share."""

from pathlib import Path

import pytest
from made_checkpoints import Tiny, saved


@pytest.fixture
def files(tiny: Tiny, tmp_path: Path) -> Path:
    return saved(tiny("vq", num_stages=2, conditioning="layernorm-global"), tmp_path)[1]

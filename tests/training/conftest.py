"""What the tests of training share."""

from collections.abc import Iterator

import pytest
from accelerate.state import AcceleratorState


@pytest.fixture(autouse=True)
def fresh_accelerate() -> Iterator[None]:
    """Accelerate keeps one state per process; each test chooses its own precision."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)

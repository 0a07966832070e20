"""What the tests of entropy coding share."""

import pytest
from made_streams import LAYOUTS, learned

from rfsq.codec.entropy.tables import Tables


@pytest.fixture(scope="session", params=LAYOUTS)
def tables(request: pytest.FixtureRequest) -> Tables:
    return learned(request.param)

from __future__ import annotations

import pytest

from tests.support.tally import Tally


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """What the faults came to, for the lines at the end of the run."""
    return Tally(request.node.user_properties)

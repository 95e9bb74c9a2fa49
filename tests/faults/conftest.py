from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.tally import TALLY

if TYPE_CHECKING:
    from tests.support.tally import Tally


@pytest.fixture
def tally() -> Tally:
    """What the faults came to, for the lines at the end of the run."""
    return TALLY

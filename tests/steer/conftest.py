from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.steering import Person

if TYPE_CHECKING:
    from tests.support.desk import Desk


@pytest.fixture
def person(desk: Desk) -> Person:
    """Somebody with commands for the queue on the desk."""
    return Person(desk.path, desk.clock)

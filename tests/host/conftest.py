from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House, jobd

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def open_house() -> Iterator[House]:
    """A house that other users can reach: pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder))
        yield house
        house.close()


@pytest.fixture
def queue(house: House) -> House:
    """A house with a queue that nobody serves."""
    assert jobd("init", "--db", house.db).returncode == 0
    return house

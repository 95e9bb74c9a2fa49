"""The whole life of jobs, from TypeScript alone, beside a real daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.node import DRIVERS, node, node_tests

if TYPE_CHECKING:
    from tests.support.house import House


@pytest.mark.timeout(300)
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_life_driven_and_read_from_typescript(house: House, driver: str) -> None:
    node()
    house.ready("--backoff-s", "2")
    node_tests("life.test.ts", house.db, driver)

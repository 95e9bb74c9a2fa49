"""The client without a daemon, by real Node and either driver."""

from __future__ import annotations

import pytest

from tests.support.house import House, jobd
from tests.support.node import DRIVERS, node_tests


@pytest.mark.timeout(300)
@pytest.mark.parametrize("driver", DRIVERS)
def test_what_the_client_writes(house: House, driver: str) -> None:
    assert jobd("init", "--db", house.db).returncode == 0
    node_tests("client.test.ts", house.db, driver)

"""A writer in Node that does not let up, beside a daemon at work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.node import DRIVERS, node, node_tests

if TYPE_CHECKING:
    from tests.support.house import House
    from tests.support.tally import Tally


@pytest.mark.timeout(300)
@pytest.mark.parametrize("driver", DRIVERS)
def test_none_lost_and_none_refused(house: House, tally: Tally, driver: str) -> None:
    node()
    daemon = house.ready()
    said = node_tests("flood.test.ts", house.db, driver)
    assert daemon.poll() is None
    assert "locked" not in house.log()
    calls = re.search(r"([0-9]+) calls, [0-9]+ jobs, all completed", said)
    assert calls is not None
    tally.add(f"{driver}: inserts of 20 s beside the daemon", int(calls[1]), violations=0)

"""A commit is noticed, however long the disk takes to sync it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.house import jobd
from tests.support.slowdisk import jobd_slowly, needs_strace

if TYPE_CHECKING:
    from tests.support.house import House

DEAF_S = 60


@needs_strace
@pytest.mark.parametrize("sync_ms", [30, 200])
def test_a_commit_that_a_slow_disk_holds_up_is_noticed(house: House, sync_ms: int) -> None:
    jobd("init", "--db", house.db)
    jobd("pause", "full_frames", "--db", house.db)
    job = house.insert("full_frames", house.video())
    house.ready("--poll-ms", str(DEAF_S * 1000))
    begun_s = time.monotonic()
    jobd_slowly(sync_ms, "resume", "--db", house.db)
    house.until_status(job, "completed")
    # Not a measurement: without the later looks it would be a minute.
    assert time.monotonic() - begun_s < DEAF_S * 3 / 4

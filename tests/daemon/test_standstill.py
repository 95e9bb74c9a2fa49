"""What is said while no job can be started, and when that is over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from jobd.daemon.standstill import Standstill
from jobd.errors import QueueFull
from jobd.queue.lock import DaemonLock, trouble
from tests.support.queuefile import NOW_MS, HandClock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("error", "reason", "over"),
    [
        (QueueFull("the disk is full"), "the disk is full", "the queue is written again after 3 s"),
        (
            EOFError("unexpected EOF"),
            "no child process starts: unexpected EOF",
            "child processes start again after 3 s",
        ),
    ],
)
def test_each_trouble_has_its_own_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, reason: str, over: str
) -> None:
    caplog.set_level(logging.INFO)
    clock = HandClock()
    with DaemonLock(tmp_path / "jobs.db") as lock:
        standstill = Standstill(lock, clock)
        for _ in range(3):
            standstill.goes_on(error)
            clock.pass_ms(1000)
        said = trouble(tmp_path / "jobs.db")
        assert said is not None
        assert (said.reason, said.since_ms, standstill.reason) == (reason, NOW_MS, reason)
        standstill.ends()
        standstill.ends()
        assert trouble(tmp_path / "jobs.db") is None
    assert [record.message for record in caplog.records] == [f"{reason}; trying again", over]

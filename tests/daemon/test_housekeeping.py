"""What the daemon does beside its jobs, turn by turn under a clock set by hand."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.housekeeping import Housekeeping
from jobd.queue.file import Queue, create, open_queue
from jobd.queue.heartbeat import identify
from tests.support.queuefile import KINDS, HandClock, Writer, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE_ROWS = (
    "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 320)"
    " INSERT INTO jobs (kind, payload) SELECT 'full_frames',"
    " json_object('videoId', 'v', 'dbPath', '/d', 'more', hex(zeroblob(32000))) FROM c"
)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def queue(tmp_path: Path, clock: HandClock) -> Iterator[Queue]:
    create(tmp_path / "jobs.db", KINDS)
    with closing(open_queue(tmp_path / "jobs.db", clock)) as queue:
        yield queue


@pytest.fixture
def reader(queue: Queue) -> Iterator[Writer]:
    program = Writer()
    yield program.open(queue.path)
    program.close()


def warning(queue: Queue) -> str | None:
    [(text,)] = rows(queue, "SELECT warning FROM daemon")
    return str(text) if text else None


def test_a_reader_that_stays_is_told_once_and_again_when_it_ends(
    queue: Queue, clock: HandClock, reader: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house = Housekeeping(queue, identify(clock, 2))
    reader.run("BEGIN")
    reader.run("SELECT count(*) FROM jobs")
    rows(queue, LARGE_ROWS)
    for _ in range(31):
        house.turn()
        clock.pass_ms(10_000)
    assert f"(pid {reader.pid})" in (warning(queue) or "")
    assert "MB for 5 min: end it" in (warning(queue) or "")
    assert [record.message for record in caplog.records if "has kept" in record.message] == [
        record.message for record in caplog.records
    ]
    assert len(caplog.records) == 1
    reader.run("COMMIT")
    for _ in range(3):
        house.turn()
        clock.pass_ms(10_000)
    assert warning(queue) is None
    assert [record.message for record in caplog.records][1:] == [f"{queue.path}-wal is small again"]


def test_the_beat_comes_every_ten_seconds_and_at_a_probe(queue: Queue, clock: HandClock) -> None:
    house = Housekeeping(queue, identify(clock, 2))
    beats = set()
    for _ in range(25):
        house.turn()
        beats.add(rows(queue, "SELECT beat_at FROM daemon")[0][0] - clock.at_ms)
        clock.pass_ms(1000)
    assert beats == {-1000 * n for n in range(10)}
    house.probe()
    assert rows(queue, "SELECT beat_at FROM daemon") == [(clock.at_ms,)]


def test_a_stop_is_said_at_once(queue: Queue, clock: HandClock) -> None:
    house = Housekeeping(queue, identify(clock, 2))
    house.turn()
    house.stop()
    house.turn()
    assert rows(queue, "SELECT not_leasing FROM daemon") == [("stopping",)]

"""What the daemon does beside its jobs, turn by turn under a clock set by hand."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.daemon.housekeeping import Housekeeping
from jobd.queue.create import create
from jobd.queue.file import Queue, open_queue
from jobd.queue.heartbeat import identify
from jobd.queue.prune import Retention
from tests.support.house import House, jobd, until
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
    house = Housekeeping(queue, identify(clock, 2), Retention(30, 90))
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
    house = Housekeeping(queue, identify(clock, 2), Retention(30, 90))
    beats = set()
    for _ in range(25):
        house.turn()
        beats.add(rows(queue, "SELECT beat_at FROM daemon")[0][0] - clock.at_ms)
        clock.pass_ms(1000)
    assert beats == {-1000 * n for n in range(10)}
    house.probe()
    assert rows(queue, "SELECT beat_at FROM daemon") == [(clock.at_ms,)]


def test_a_stop_is_said_at_once(queue: Queue, clock: HandClock) -> None:
    house = Housekeeping(queue, identify(clock, 2), Retention(30, 90))
    house.turn()
    house.stop()
    house.turn()
    assert rows(queue, "SELECT not_leasing FROM daemon") == [("stopping",)]


def old_jobs(queue: Queue, count: int) -> None:
    for trigger in ("jobs_new_is_queued", "kinds_known"):
        rows(queue, f"DROP TRIGGER {trigger}")
    rows(
        queue,
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
        " INSERT INTO jobs (kind, payload, status, finished_at)"
        " SELECT 'k', '{}', 'completed', 1 FROM c",
        count,
    )


def jobs(queue: Queue) -> int:
    return int(rows(queue, "SELECT count(*) FROM jobs")[0][0])


def test_old_jobs_go_in_steps_with_pauses_and_the_log_says_so_once(
    queue: Queue, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    old_jobs(queue, 300)
    house = Housekeeping(queue, identify(clock, 2), Retention(30, 90))
    left = []
    while jobs(queue):
        house.turn()
        left.append(jobs(queue))
        assert house.wait_s() == pytest.approx(0.1)
        house.turn()  # woken by a writer: no second step
        assert jobs(queue) == left[-1]
        clock.pass_ms(101)
    assert len(left) > 3
    house.turn()
    assert [record.message for record in caplog.records] == ["old jobs deleted: 300"]
    assert house.wait_s() == pytest.approx(60)


def test_a_stopping_daemon_clears_nothing_away(queue: Queue, clock: HandClock) -> None:
    old_jobs(queue, 3)
    house = Housekeeping(queue, identify(clock, 2), Retention(30, 90))
    house.stop()
    house.turn()
    assert jobs(queue) == 3


def test_nothing_is_cleared_away_while_a_reader_keeps_the_wal(
    queue: Queue, clock: HandClock, reader: Writer
) -> None:
    old_jobs(queue, 3)
    house = Housekeeping(queue, identify(clock, 2), Retention(30, 90))
    reader.run("BEGIN")
    reader.run("SELECT count(*) FROM jobs")
    rows(queue, LARGE_ROWS)
    house.turn()
    assert jobs(queue) == 323
    reader.run("COMMIT")
    clock.pass_ms(1000)
    house.turn()
    assert jobs(queue) == 320


def test_a_daemon_clears_old_jobs_away(house: House) -> None:
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", house.video())
    house.work_off("--keep-days", "0.000001")
    assert house.job(job, "status") == "completed"
    house.ready("--keep-days", "0.000001")
    until(lambda: house.sql("SELECT count(*) FROM job_attempts") == [(0,)], house.log)
    assert house.sql("SELECT count(*) FROM jobs") == [(0,)]
    until(lambda: "old jobs deleted: 1" in house.log(), house.log)

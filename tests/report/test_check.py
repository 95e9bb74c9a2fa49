"""inspect --check: what is demanded, what is found, and since when jobs wait."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jobd.queue.lifecycle import Outcome
from jobd.queue.lock import DaemonLock, Trouble
from jobd.report.check import Demands, Finding, Health, check, findings, verdict
from jobd.report.rows import Daemon
from jobd.report.waiting import KindWaits, Oldest

if TYPE_CHECKING:
    from tests.support.desk import Desk

NOW_MS = 10_000_000
ALIVE = Daemon(alive=True, pid=7, beat_at_ms=NOW_MS - 5000)
CALM = KindWaits("a", paused=False, count=0, oldest=None)
BUSY = KindWaits("b", paused=False, count=9, oldest=Oldest(3, NOW_MS - 10_000))
PAUSED = KindWaits("c", paused=True, count=50, oldest=None)
HEALTH = Health(NOW_MS, ALIVE, (CALM, BUSY, PAUSED), failed=3)


@pytest.mark.parametrize(
    ("demands", "code", "text"),
    [
        (Demands(daemon=True), 0, "daemon runs (pid 7)"),
        (Demands(max_age_ms=10_000), 0, "the oldest has waited for 10s"),
        (Demands(max_age_ms=9_999), 1, "job 3 (b) has waited for 10s, more than 9.9s"),
        (Demands(max_failed=3), 0, "3 failed"),
        (Demands(max_failed=2), 1, "3 failed, more than 2"),
        (Demands(max_failed=0, failed_within_ms=7_200_000), 1, "3 failed in 2h, more than 0"),
        (Demands(max_waiting=9), 0, "9 waiting"),
        (Demands(max_waiting=8), 1, "9 waiting, more than 8"),
    ],
)
def test_each_demand(demands: Demands, code: int, text: str) -> None:
    assert findings(demands, HEALTH) == [Finding(code, text)]


@pytest.mark.parametrize(
    ("daemon", "code", "text"),
    [
        (Daemon(alive=False), 3, "no daemon runs"),
        (Daemon(alive=True, pid=0), 0, "daemon runs (pid 0)"),
        (replace(ALIVE, beat_at_ms=NOW_MS - 60_000), 0, "daemon runs (pid 7)"),
        (replace(ALIVE, beat_at_ms=NOW_MS - 180_000), 1, "the daemon has said nothing for 3m"),
        (replace(ALIVE, not_leasing="disk full"), 1, "the daemon starts no job: disk full"),
    ],
)
def test_the_daemon(daemon: Daemon, code: int, text: str) -> None:
    health = replace(HEALTH, daemon=daemon)
    assert findings(Demands(daemon=True), health) == [Finding(code, text)]


@pytest.mark.parametrize(
    ("found", "code", "line"),
    [
        ([], 0, "ok: the queue can be read"),
        ([Finding(0, "a"), Finding(0, "b")], 0, "ok: a, b"),
        ([Finding(0, "a"), Finding(1, "b")], 1, "not ok: b (ok: a)"),
        ([Finding(1, "a"), Finding(3, "b"), Finding(0, "c")], 3, "not ok: a, b (ok: c)"),
    ],
)
def test_the_worst_decides(found: list[Finding], code: int, line: str) -> None:
    assert verdict(found) == (code, line)


def age(desk: Desk) -> str:
    return check(desk.path, Demands(max_age_ms=0), desk.clock)[1]


NOTHING = "ok: nothing waits that could start"


def test_a_job_waits_since_its_insert(desk: Desk) -> None:
    assert age(desk) == NOTHING
    desk.add(priority=5)
    desk.clock.pass_s(30)
    desk.add(priority=9)
    desk.clock.pass_s(12)
    assert age(desk).startswith("not ok: job 1 (full_frames) has waited for 42s,")


def test_one_whose_time_has_not_come_does_not_wait(desk: Desk) -> None:
    desk.add(run_at=desk.clock.at_ms + 60_000)
    desk.clock.pass_s(59)
    assert age(desk) == NOTHING
    desk.clock.pass_s(3)
    assert age(desk).startswith("not ok: job 1 (full_frames) has waited for 2.0s,")


def test_after_an_attempt_it_waits_since_its_end(desk: Desk) -> None:
    desk.add()
    desk.clock.pass_s(1000)
    desk.run(Outcome.HANDED_BACK)
    desk.clock.pass_s(4)
    assert age(desk).startswith("not ok: job 1 (full_frames) has waited for 4.0s,")


def test_one_that_a_person_queued_again_counts_from_its_next_attempt_on(desk: Desk) -> None:
    """When that was is written nowhere, and its INSERT may be a month ago."""
    desk.add()
    desk.run(Outcome.FAILED, error="no")
    desk.clock.pass_s(30 * 86_400)
    desk.sql("UPDATE jobs SET status = 'queued'")
    assert age(desk) == NOTHING
    desk.run(Outcome.HANDED_BACK)
    desk.clock.pass_s(3)
    assert age(desk).startswith("not ok: job 1 (full_frames) has waited for 3.0s,")


def test_one_that_was_replaced_while_it_waited_still_waits(desk: Desk) -> None:
    desk.add()
    desk.clock.pass_s(60)
    desk.sql("UPDATE jobs SET payload = json_set(payload, '$.more', 1)")
    assert age(desk).startswith("not ok: job 1 (full_frames) has waited for 1m00s,")


def test_one_whose_video_or_key_is_at_work_could_not_start(desk: Desk) -> None:
    payload = desk.payload()
    desk.add(payload=payload, unique_key="k")
    desk.lease()
    desk.add(payload=payload)
    desk.add(unique_key="k")
    desk.clock.pass_s(100)
    assert age(desk) == NOTHING


def test_paused_kinds_do_not_count(desk: Desk) -> None:
    desk.add()
    desk.add("crop_frames")
    desk.clock.pass_s(100)
    desk.sql("UPDATE job_kinds SET paused = 1 WHERE kind = 'crop_frames'")
    assert "job 1 (full_frames)" in age(desk)
    assert check(desk.path, Demands(max_waiting=1), desk.clock) == (0, "ok: 1 waiting")
    desk.sql("UPDATE job_kinds SET paused = 1")
    assert age(desk) == NOTHING


def test_failures_within_a_time(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.FAILED, error="no")
    desk.clock.pass_s(3600)
    desk.add("crop_frames")
    desk.run(Outcome.FAILED, error="no")
    assert check(desk.path, Demands(max_failed=1), desk.clock)[0] == 1
    within = Demands(max_failed=1, failed_within_ms=60_000)
    assert check(desk.path, within, desk.clock) == (0, "ok: 1 failed in 1m")


def test_failures_of_a_kind_that_is_known_no_more_count_too(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.FAILED, error="no")
    desk.sql("DELETE FROM job_kinds WHERE kind = 'full_frames'")
    assert check(desk.path, Demands(max_failed=0), desk.clock)[0] == 1


def test_a_daemon_that_cannot_write_its_queue_is_not_well(desk: Desk) -> None:
    demands = Demands(daemon=True)
    assert check(desk.path, demands, desk.clock) == (3, "not ok: no daemon runs")
    with DaemonLock(desk.path) as lock:
        assert check(desk.path, demands, desk.clock)[0] == 0
        lock.say(Trouble("the disk is full", 1))
        code, line = check(desk.path, demands, desk.clock)
    assert (code, line) == (1, "not ok: the daemon starts no job: the disk is full")


def test_a_queue_that_cannot_be_read(desk: Desk) -> None:
    code, line = check(desk.path.with_name("nowhere.db"), Demands(), desk.clock)
    assert code == 5
    assert line.startswith("not ok: no queue at ")
    assert "\n" not in line

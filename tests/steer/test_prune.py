"""prune on a real queue file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import UsageError
from jobd.queue.lifecycle import Outcome
from jobd.steer.deleting import prune_jobs, prune_old
from jobd.steer.prune import Limit, limits, stays
from tests.support.retention import ids, many

if TYPE_CHECKING:
    from tests.support.desk import Desk
    from tests.support.steering import Person

HOUR_MS = 3_600_000


def old(desk: Desk, person: Person, completed_h: int | None, failed_h: int | None = None) -> int:
    spans = [None if hours is None else hours * HOUR_MS for hours in (completed_h, failed_h)]
    asked = person.asks("prune", by_time=True)
    return prune_old(asked, limits(spans[0], spans[1], desk.clock.at_ms))


def test_cancelled_jobs_go_by_the_time_of_completed_ones() -> None:
    assert limits(5, None, 100) == [Limit("completed", 95), Limit("cancelled", 95)]
    assert limits(None, 7, 100) == [Limit("failed", 93)]
    assert limits(0, 7, 100)[2] == Limit("failed", 93)


@pytest.mark.parametrize(
    ("status", "has_process", "untold", "words"),
    [
        ("running", 1, 0, "runs: only what has ended is deleted; cancel it first"),
        ("queued", 0, 0, "waits: only what has ended is deleted; cancel it first"),
        ("cancelled", 1, 1, "its last process may still be there"),
        ("cancelled", 0, 1, "its video is still to be told"),
        ("failed", 0, 0, "changed while it was looked at"),
    ],
)
def test_why_one_stays(status: str, has_process: int, untold: int, words: str) -> None:
    answer = stays(1, status, has_process, untold)
    assert answer.outcome == "refused"
    assert answer.sentence.startswith(words)


def test_what_ended_before_goes_with_all_that_hangs_on_it(desk: Desk, person: Person) -> None:
    for outcome in (Outcome.COMPLETED, Outcome.FAILED):
        desk.add()
        desk.run(outcome, error=None if outcome == Outcome.COMPLETED else "no")
    desk.sql(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 500)"
        " INSERT INTO job_logs (attempt_id, at, level, message) SELECT 1, 1, 'info', 'm' FROM c"
    )
    desk.clock.pass_s(3600)
    desk.add()
    desk.run(Outcome.COMPLETED)
    desk.add()
    assert old(desk, person, 1) == 0
    assert person.said() == ["1 job deleted; the file is 0.0 MB smaller"]
    assert ids(desk) == [2, 3, 4]
    assert ids(desk, "job_attempts") == [2, 3]
    assert ids(desk, "job_logs") == []
    assert old(desk, person, None, 1) == 0
    assert ids(desk) == [3, 4]


def test_a_dry_run_only_counts(desk: Desk, person: Person) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED)
    desk.clock.pass_s(3600)
    asked = person.asks("prune", by_time=True, dry_run=True)
    assert prune_old(asked, limits(HOUR_MS, None, desk.clock.at_ms)) == 0
    assert person.said() == ["would delete 1 completed", "would delete 0 cancelled"]
    assert ids(desk) == [1]


def test_a_job_whose_video_is_not_told_stays_and_is_counted(desk: Desk, person: Person) -> None:
    desk.add()
    desk.sql("UPDATE jobs SET status = 'cancelled'")
    desk.sql("UPDATE jobs SET finished_at = ?", desk.clock.at_ms)
    stay = "; 1 stays until its last process has ended and the video is told"
    asked = person.asks("prune", by_time=True, dry_run=True)
    prune_old(asked, limits(0, None, desk.clock.at_ms))
    assert person.said()[1] == f"would delete 0 cancelled{stay}"
    old(desk, person, 0)
    assert person.said()[0] == f"cancelled{stay}"
    assert ids(desk) == [1]
    desk.sql("DELETE FROM cancellations")
    old(desk, person, 0)
    assert ids(desk) == []


def test_the_file_gives_its_space_back(desk: Desk, person: Person) -> None:
    many(desk, 4000)
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = desk.path.stat().st_size
    assert old(desk, person, 0) == 0
    after = desk.path.stat().st_size
    assert after < before / 2
    smaller = f"{(before - after) / 1e6:,.1f} MB smaller"
    assert person.said() == [f"4,000 jobs deleted; the file is {smaller}"]
    assert len(person.slept_s) >= 4000 // 256  # in steps
    assert desk.sql("PRAGMA integrity_check") == [("ok",)]


def test_by_id_with_a_yes(desk: Desk, person: Person) -> None:
    for _ in range(2):
        desk.add()
        desk.run(Outcome.COMPLETED)
    waits = desk.add()
    with pytest.raises(UsageError, match="this would delete 4 jobs: say so with --yes"):
        prune_jobs(person.asks("prune", 1, 2, waits, 99))
    assert ids(desk) == [1, 2, 3]
    assert prune_jobs(person.asks("prune", 1, waits, 99, 2**64, yes=True)) == 4
    assert person.said() == [
        "job 1: deleted",
        f"job {waits}: waits: only what has ended is deleted; cancel it first",
        "job 99: there is none",
        f"job {2**64}: there is none",
        "1 job deleted; the file is 0.0 MB smaller",
    ]
    assert ids(desk) == [2, 3]
    assert prune_jobs(person.asks("prune", 2, waits, dry_run=True)) == 1
    assert person.said()[0] == "job 2: would be deleted"
    assert ids(desk) == [2, 3]


def test_by_id_one_whose_process_or_video_is_open_stays(desk: Desk, person: Person) -> None:
    waited, ran = desk.add(priority=-1), desk.add()
    assert desk.lease().job_id == ran
    desk.sql("UPDATE jobs SET status = 'cancelled'")
    desk.sql("DELETE FROM cancellations WHERE job_id = ?", ran)
    assert prune_jobs(person.asks("prune", waited, ran, yes=True)) == 1
    untold, at_work = person.said()[:2]
    assert untold.startswith(f"job {waited}: its video is still to be told how it ended")
    assert at_work.startswith(f"job {ran}: its last process may still be there")
    assert ids(desk) == [waited, ran]


def test_many_attempts_and_logs_of_a_named_job_go_in_several_steps(
    desk: Desk, person: Person
) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED)
    desk.sql(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 9000)"
        " INSERT INTO job_logs (attempt_id, at, level, message) SELECT 1, 1, 'info', 'm' FROM c"
    )
    assert prune_jobs(person.asks("prune", 1, yes=True)) == 0
    assert ids(desk) == ids(desk, "job_attempts") == ids(desk, "job_logs") == []


def test_by_filter_only_what_has_ended(desk: Desk, person: Person) -> None:
    for outcome in (Outcome.COMPLETED, Outcome.FAILED):
        desk.add()
        desk.run(outcome, error=None if outcome == Outcome.COMPLETED else "no")
    desk.add()
    with pytest.raises(UsageError, match="prune --status queued: it may be completed"):
        prune_jobs(person.asks("prune", states=("queued",), yes=True))
    assert prune_jobs(person.asks("prune", kind="full_frames", yes=True)) == 0
    assert ids(desk) == [3]

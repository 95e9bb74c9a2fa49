"""cancel and retry on a real queue file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError
from jobd.queue.lifecycle import Outcome
from jobd.queue.lock import DaemonLock
from jobd.steer.jobs import steer
from tests.support.steering import Person, one_of_each, statuses

if TYPE_CHECKING:
    from jobd.steer.verdict import Verb
    from tests.support.desk import Desk

NO_DAEMON = "no daemon runs: "


def test_cancel_says_of_each_job_what_it_did(desk: Desk, person: Person) -> None:
    job = one_of_each(desk)
    code = steer("cancel", person.asks("cancel", *job.values(), 99, job["queued"]))
    assert code == 4
    said = person.said()
    assert said[:-1] == [
        f"job {job['completed']}: has completed: nothing is left to cancel",
        f"job {job['failed']}: has failed: nothing is left to cancel",
        f"job {job['retry']}: cancelled (it waited)",
        f"job {job['cancelled']}: is cancelled already",
        f"job {job['running']}: cancelled (it ran)",
        f"job {job['queued']}: cancelled (it waited)",
        f"job {job['scheduled']}: cancelled (it waited)",
        "job 99: there is none",
        "4 cancelled, 1 as asked before, 2 refused, 1 not there",
    ]
    assert said[-1].startswith(NO_DAEMON + "nothing of them runs any more")
    assert [statuses(desk)[job[n]] for n in ("completed", "failed")] == ["completed", "failed"]
    assert {statuses(desk)[job[n]] for n in ("retry", "running", "queued", "scheduled")} == {
        "cancelled"
    }
    told = desk.sql("SELECT count(*) FROM cancellations WHERE job_id <> ?", job["cancelled"])
    assert told == [(4,)]  # the triggers spoke: the daemon owes each video a word


def test_retry_says_of_each_job_what_it_did(desk: Desk, person: Person) -> None:
    job = one_of_each(desk)
    assert steer("retry", person.asks("retry", *job.values())) == 1
    assert person.said()[:-1] == [
        f"job {job['completed']}: queued again (it had completed)",
        f"job {job['failed']}: queued again (it had failed)",
        f"job {job['retry']}: waits already; its next try comes in 10s",
        f"job {job['cancelled']}: queued again (it had been cancelled)",
        f"job {job['running']}: runs now: let it end, or cancel it first",
        f"job {job['queued']}: waits already",
        f"job {job['scheduled']}: waits already; its time comes in 1m",
        "3 queued again, 3 as asked before, 1 refused",
    ]
    rounds = dict(desk.sql("SELECT id, round FROM jobs"))
    assert [rounds[job[n]] for n in ("completed", "failed", "cancelled")] == [2, 2, 2]
    assert [rounds[job[n]] for n in ("retry", "running", "queued")] == [1, 1, 1]


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_nothing_is_done_twice(desk: Desk, person: Person, verb: Verb) -> None:
    desk.add()
    if verb == "retry":
        desk.run(Outcome.FAILED, error="no")
    assert steer(verb, person.asks(verb, 1)) == 0
    before = desk.sql("SELECT * FROM jobs"), desk.sql("SELECT * FROM cancellations")
    person.said()
    assert steer(verb, person.asks(verb, 1)) == 0
    assert (desk.sql("SELECT * FROM jobs"), desk.sql("SELECT * FROM cancellations")) == before
    said = person.said()
    assert len(said) == 1
    assert said[0].endswith("already")


def test_a_newer_job_of_the_key_is_named_and_wins(desk: Desk, person: Person) -> None:
    for _ in range(2):
        desk.add(unique_key="k")
        desk.run(Outcome.FAILED, error="no")
    assert steer("retry", person.asks("retry", states=("failed",), yes=True)) == 1
    assert person.said()[:2] == [
        "job 2: queued again (it had failed)",
        "job 1: job 2 of its unique_key waits already: cancel that one first",
    ]


def test_what_a_trigger_of_the_queue_refuses_is_passed_on(desk: Desk, person: Person) -> None:
    for number in range(2):
        desk.add()
        desk.run(Outcome.FAILED, error=str(number))
    desk.sql(
        "CREATE TRIGGER theirs BEFORE UPDATE OF status ON jobs WHEN OLD.id = 1"
        " BEGIN SELECT RAISE(ABORT, 'not on a Sunday'); END"
    )
    assert steer("retry", person.asks("retry", 1, 2)) == 1
    said = person.said()
    assert said[0].startswith("job 1: refused: ")
    assert said[0].endswith("not on a Sunday")
    assert statuses(desk) == {1: "failed", 2: "queued"}


@pytest.mark.parametrize("job_id", [0, -1, 2**53, 2**64])
def test_ids_that_no_row_can_have(desk: Desk, person: Person, job_id: int) -> None:
    desk.add()
    assert steer("cancel", person.asks("cancel", job_id, 1)) == 4
    assert statuses(desk) == {1: "cancelled"}


def test_many_jobs_have_some_lines_and_a_count(desk: Desk, person: Person) -> None:
    for _ in range(50):
        desk.add()
    assert steer("cancel", person.asks("cancel", kind="full_frames", yes=True)) == 0
    said = person.said()
    assert len([line for line in said if line.startswith("job ")]) == 20
    assert said[20] == "50 cancelled"
    assert set(statuses(desk).values()) == {"cancelled"}
    assert len(person.slept_s) > 2  # in steps, with pauses between them


def test_interrupted_it_says_how_far_it_came(desk: Desk, person: Person) -> None:
    for _ in range(40):
        desk.add()
    asked = person.asks("cancel", states=("queued",), yes=True)

    def interrupted(_: float) -> None:
        person.slept_s.append(0)
        if len(person.slept_s) == 3:
            raise KeyboardInterrupt

    terminal = replace(asked.terminal, sleep=interrupted)
    assert steer("cancel", replace(asked, terminal=terminal)) == 130
    cancelled = list(statuses(desk).values()).count("cancelled")
    assert 0 < cancelled < 40
    assert person.said()[-2:] == [
        f"interrupted: {40 - cancelled} jobs were not reached",
        f"{cancelled} cancelled",
    ]


def test_a_paused_kind_is_named_after_a_retry(desk: Desk, person: Person) -> None:
    desk.add()
    desk.run(Outcome.FAILED, error="no")
    desk.sql("UPDATE job_kinds SET paused = 1")
    with DaemonLock(desk.path):
        steer("retry", person.asks("retry", 1))
    assert person.said()[1:] == [
        "full_frames is paused: `python -m jobd resume full_frames` lets them start"
    ]


def test_a_living_daemon_is_named_where_it_has_something_to_stop(
    desk: Desk, person: Person
) -> None:
    desk.add()
    desk.add()
    desk.lease()
    with DaemonLock(desk.path):
        steer("cancel", person.asks("cancel", 2))
        assert len(person.said()) == 1
        steer("cancel", person.asks("cancel", 1))
    assert person.said()[1].startswith("the daemon (pid ")


def test_a_queue_that_is_not_there(person: Person) -> None:
    person.path = person.path.with_name("nowhere.db")
    for asked in (person.asks("cancel", 1), person.asks("cancel", kind="k", yes=True)):
        with pytest.raises(QueueError, match="no queue at"):
            steer("cancel", asked)

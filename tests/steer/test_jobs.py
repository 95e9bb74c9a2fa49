"""cancel and retry on a real queue file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import QueueError, UsageError
from jobd.queue.lifecycle import Outcome
from jobd.queue.lock import DaemonLock
from jobd.steer.change import Change
from jobd.steer.desk import writable
from jobd.steer.jobs import steer
from jobd.steer.pace import Pace
from jobd.steer.which import by_filter
from tests.support.desk import VIDEO
from tests.support.steering import Person

if TYPE_CHECKING:
    from jobd.steer.verdict import Verb
    from tests.support.desk import Desk

NO_DAEMON = "no daemon runs: "


@pytest.fixture
def person(desk: Desk) -> Person:
    return Person(desk.path, desk.clock)


def statuses(desk: Desk) -> dict[int, str]:
    return dict(desk.sql("SELECT id, status FROM jobs ORDER BY id"))


def one_of_each(desk: Desk) -> dict[str, int]:
    """A job in each state."""
    named = {}
    for outcome in (Outcome.COMPLETED, Outcome.FAILED, Outcome.RETRY):
        named[str(outcome)] = desk.add()
        desk.run(outcome, error=None if outcome == Outcome.COMPLETED else "no")
    named["cancelled"] = desk.add()
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", named["cancelled"])
    named["running"] = desk.add()
    assert desk.lease().job_id == named["running"]
    named["queued"] = desk.add()
    named["scheduled"] = desk.add(run_at=desk.clock.at_ms + 60_000)
    return named


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


def test_without_a_yes_it_says_what_it_would_touch(desk: Desk, person: Person) -> None:
    job = one_of_each(desk)
    with pytest.raises(UsageError, match=r"would cancel 4 jobs .*: say so with --yes"):
        steer("cancel", person.asks("cancel", video=VIDEO))
    said = person.said()
    assert said[0] == ("would cancel 4 jobs (1 queued, 1 scheduled, 1 retrying, 1 running):")
    assert len(said) == 5
    assert f"job {job['running']} running full_frames {VIDEO}" in said[-1]
    assert list(statuses(desk).values()).count("cancelled") == 1


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("Yes", 0), ("", 1), ("n", 1)])
def test_at_a_terminal_it_asks(desk: Desk, person: Person, answer: str, code: int) -> None:
    desk.add()
    person.answer = answer
    assert steer("cancel", person.asks("cancel", states=("queued",))) == code
    assert person.asked == ["Cancel them? [y/N] "]
    assert statuses(desk) == {1: "queued" if code else "cancelled"}


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


def test_a_dry_run_changes_nothing(desk: Desk, person: Person) -> None:
    job = one_of_each(desk)
    before = desk.sql("SELECT * FROM jobs")
    assert steer("retry", person.asks("retry", states=("failed",), dry_run=True)) == 0
    assert person.said()[0] == "would queue again 1 job (1 failed):"
    assert steer("retry", person.asks("retry", job["failed"], 99, dry_run=True)) == 4
    assert person.said() == [
        f"job {job['failed']}: would be queued again (it had failed)",
        "job 99: there is none",
        "1 would be queued again, 1 not there",
    ]
    assert desk.sql("SELECT * FROM jobs") == before


def test_without_a_state_each_verb_means_what_it_is_for(desk: Desk, person: Person) -> None:
    job = one_of_each(desk)
    assert steer("retry", person.asks("retry", kind="full_frames", yes=True)) == 0
    assert [n for n, i in job.items() if statuses(desk)[i] == "queued"] == [
        *("failed", "retry", "queued", "scheduled"),
    ]


@pytest.mark.parametrize(("verb", "state"), [("cancel", "failed"), ("retry", "running")])
def test_a_state_that_a_verb_is_not_for(desk: Desk, person: Person, verb: Verb, state: str) -> None:
    desk.add()
    with pytest.raises(UsageError, match=f"{verb} --status {state}: it may be "):
        steer(verb, person.asks(verb, states=(state,), yes=True))


def test_no_job_is_meant(desk: Desk, person: Person) -> None:
    desk.add()
    assert steer("retry", person.asks("retry", video="nobody", yes=True)) == 0
    assert person.said() == ["no such job: nothing is to be done"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "name jobs, or say which: by --status, --kind, --video, --since$"),
        ({"ids": (1,), "kind": "k"}, "by one of these"),
        ({"by_time": True, "kind": "k"}, "by one of these"),
        ({"by_time": False}, "--completed-before or --failed-before$"),
    ],
)
def test_jobs_are_named_in_one_way(person: Person, how: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        person.asks("cancel", *how.pop("ids", ()), **how)


def test_what_has_gone_on_since_it_was_found_is_left_alone(desk: Desk, person: Person) -> None:
    """Between the look and the change the daemon leases one, and the app deletes another."""
    for _ in range(3):
        desk.add()
    asked = person.asks("cancel", states=("queued",), yes=True)
    ids, _ = by_filter(asked)
    assert ids == (1, 2, 3)
    desk.lease()
    desk.sql("DELETE FROM jobs WHERE id = 2")
    with writable(desk.path, desk.clock) as queue:
        change = Change(queue, "cancel", asked.wanted, asked.now_ms)
        answers = list(change.all_of(ids, Pace(queue, person.slept_s.append)))
    assert list(map(str, answers)) == [
        "job 1: is running by now: left alone",
        "job 2: is gone by now",
        "job 3: cancelled (it waited)",
    ]
    assert statuses(desk) == {1: "running", 3: "cancelled"}


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


def test_control_characters_of_rows_reach_no_terminal(desk: Desk, person: Person) -> None:
    desk.add(payload={"videoId": "\x1b[2J", "dbPath": "/d"})
    steer("cancel", person.asks("cancel", states=("queued",), dry_run=True))
    assert "\x1b" not in "".join(person.said())

"""Which jobs a command means, and how it comes to a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import UsageError
from jobd.steer.change import Change
from jobd.steer.desk import writable
from jobd.steer.jobs import steer
from jobd.steer.pace import Pace
from jobd.steer.which import by_filter
from tests.support.desk import VIDEO
from tests.support.steering import Person, one_of_each, statuses

if TYPE_CHECKING:
    from jobd.steer.verdict import Verb
    from tests.support.desk import Desk


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
    assert person.asked == ["Cancel it? [y/N] "]
    assert statuses(desk) == {1: "queued" if code else "cancelled"}


def test_the_question_is_a_sentence(desk: Desk, person: Person) -> None:
    one_of_each(desk)
    person.answer = "n"
    steer("retry", person.asks("retry", states=("failed", "completed")))
    steer("cancel", person.asks("cancel", kind="full_frames"))
    assert person.asked == ["Queue them again? [y/N] ", "Cancel them? [y/N] "]


def test_what_is_changed_is_named_whole(desk: Desk, person: Person) -> None:
    """As a table shows a video, it may be the beginning of several."""
    desk.add()
    for video in (VIDEO[:7], f"{VIDEO[:7]}…"):
        assert steer("cancel", person.asks("cancel", video=video, yes=True)) == 0
        assert person.said() == [
            f"no video is '{video}'; name it whole: {VIDEO}",
            "no such job: nothing is to be done",
        ]
    assert statuses(desk) == {1: "queued"}
    assert steer("retry", person.asks("retry", video=VIDEO, yes=True)) == 0
    assert person.said() == ["no such job: nothing is to be done"]


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


def test_control_characters_of_rows_reach_no_terminal(desk: Desk, person: Person) -> None:
    desk.add(payload={"videoId": "\x1b[2J", "dbPath": "/d"})
    steer("cancel", person.asks("cancel", states=("queued",), dry_run=True))
    assert "\x1b" not in "".join(person.said())

"""The lines of a job's log, from a real queue file; and how SQLite finds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jobd.queue.lifecycle import Outcome
from jobd.report.logs import STATEMENTS, Lines, after, last_traceback, log_tail, tail
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from tests.support.desk import Desk

BLOCKS = load_blocks(STATEMENTS)
TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: 7'


def said(desk: Desk, attempt_id: int, message: object, level: str = "info") -> None:
    desk.sql(
        "INSERT INTO job_logs (attempt_id, at, level, message) VALUES (?, ?, ?, ?)",
        *(attempt_id, desk.clock.at_ms, level, message),
    )


def test_the_tail_of_a_job_is_in_the_order_in_which_it_was_said(desk: Desk) -> None:
    desk.add()
    desk.add()
    desk.run(Outcome.RETRY, error="no")
    desk.run(Outcome.COMPLETED)
    desk.clock.pass_s(60)
    assert desk.run(Outcome.COMPLETED) == 1
    for attempt_id, message in ((1, "a"), (2, "of the other job"), (1, "b"), (3, "c")):
        said(desk, attempt_id, message)
    assert [(x.attempt, x.message) for x in log_tail(desk.queue, 1, 9)] == [
        (1, "a"),
        (1, "b"),
        (2, "c"),
    ]
    assert [x.message for x in log_tail(desk.queue, 1, 2)] == ["b", "c"]
    assert [x.message for x in tail(desk.queue, Lines(1, number=1), None)] == ["a", "b"]
    assert [x.message for x in after(desk.queue, Lines(1), 1)] == ["b", "c"]
    assert log_tail(desk.queue, 7, 9) == ()


def test_a_level_and_those_above_it(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED)
    for level in ("debug", "info", "warning", "error"):
        said(desk, 1, level, level)
    assert [x.level for x in tail(desk.queue, Lines(1, level="warning"), None)] == [
        "warning",
        "error",
    ]


def test_the_last_traceback_of_an_attempt(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED)
    assert last_traceback(desk.queue, 1) is None
    for message in (f"first\n{TRACEBACK}", f"KeyError: 7\n{TRACEBACK}", "failed"):
        said(desk, 1, message, "error")
    assert last_traceback(desk.queue, 1) == f"KeyError: 7\n{TRACEBACK}"


def test_a_message_that_is_no_utf_8_is_read(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED)
    desk.sql(
        "INSERT INTO job_logs (attempt_id, at, level, message)"
        " VALUES (1, 1, 'info', CAST(X'61ff' AS TEXT))"
    )
    assert [x.message for x in log_tail(desk.queue, 1, 1)] == ["a\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_every_statement_is_a_search_without_a_sort(desk: Desk, name: str) -> None:
    binds = dict.fromkeys(re.findall(r":(\w+)", BLOCKS[name]))
    plan = [str(r[-1]) for r in desk.queue.db.execute(f"EXPLAIN QUERY PLAN {BLOCKS[name]}", binds)]
    reads = [line for line in plan if "json_each" not in line and "VIRTUAL" not in line]
    assert not [line for line in reads if line.startswith("SCAN")], plan
    assert not [line for line in plan if "TEMP B-TREE FOR ORDER BY" in line], plan

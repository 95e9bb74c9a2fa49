"""What becomes of one job, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobd.report.wanted import Wanted
from jobd.steer.verdict import Before, changed, done, hindrance, is_meant, missing

NOW_MS = 1_000_000
QUEUED = Before(7, "k", "queued", 0, 0, None, None, 1)
RUNNING = replace(QUEUED, status="running", attempts=1)
FAILED = replace(RUNNING, status="failed", finished_at_ms=NOW_MS - 1000)


@pytest.mark.parametrize(
    ("job", "outcome", "sentence"),
    [
        (QUEUED, None, ""),
        (RUNNING, None, ""),
        (replace(FAILED, status="cancelled"), "already", "is cancelled already"),
        (FAILED, "refused", "has failed: nothing is left to cancel"),
        (
            replace(FAILED, status="completed"),
            "refused",
            "has completed: nothing is left to cancel",
        ),
    ],
)
def test_cancel(job: Before, outcome: str | None, sentence: str) -> None:
    answer = hindrance("cancel", job, NOW_MS)
    assert (answer and answer.outcome) == outcome
    assert (answer.sentence if answer else "") == sentence


@pytest.mark.parametrize(
    ("job", "outcome", "sentence"),
    [
        (FAILED, None, ""),
        (replace(FAILED, status="completed"), None, ""),
        (replace(FAILED, status="cancelled"), None, ""),
        (RUNNING, "refused", "runs now: let it end, or cancel it first"),
        (QUEUED, "already", "waits already"),
        (replace(QUEUED, run_at_ms=NOW_MS - 1), "already", "waits already"),
        (
            replace(QUEUED, run_at_ms=NOW_MS + 7_200_000),
            "already",
            "waits already; its time comes in 2h",
        ),
        (
            replace(QUEUED, run_at_ms=NOW_MS + 60_000, attempts=1),
            "already",
            "waits already; its next try comes in 1m",
        ),
        (
            replace(FAILED, rival=12),
            "refused",
            "job 12 of its unique_key waits already: cancel that one first",
        ),
    ],
)
def test_retry(job: Before, outcome: str | None, sentence: str) -> None:
    answer = hindrance("retry", job, NOW_MS)
    assert (answer and answer.outcome) == outcome
    assert (answer.sentence if answer else "") == sentence


@pytest.mark.parametrize(
    ("job", "wanted", "meant"),
    [
        (QUEUED, Wanted(), True),
        (QUEUED, Wanted(states=("queued",)), True),
        (RUNNING, Wanted(states=("queued",)), False),
        (replace(QUEUED, run_at_ms=NOW_MS + 1), Wanted(states=("queued",)), False),
        (replace(QUEUED, run_at_ms=NOW_MS + 1), Wanted(states=("scheduled",)), True),
        (replace(QUEUED, of_video=0), Wanted(video="v"), False),
        (FAILED, Wanted(since_ms=NOW_MS - 1000), True),
        (FAILED, Wanted(since_ms=NOW_MS - 999), False),
        (QUEUED, Wanted(since_ms=NOW_MS), True),
    ],
)
def test_whether_the_filters_still_mean_it(job: Before, wanted: Wanted, *, meant: bool) -> None:
    assert is_meant(job, wanted, NOW_MS) is meant


def test_what_is_said() -> None:
    assert str(done("cancel", RUNNING)) == "job 7: cancelled (it ran)"
    assert str(done("retry", FAILED)) == "job 7: queued again (it had failed)"
    would = done("retry", FAILED, dry_run=True)
    assert str(would) == "job 7: would be queued again (it had failed)"
    assert str(changed(RUNNING, NOW_MS)) == "job 7: is running by now: left alone"
    assert missing(9, named=True).outcome == "missing"
    assert missing(9, named=False).outcome == "changed"

"""A job's life, piece by piece."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobd.report.rows import Attempt, Job
from jobd.report.timeline import spans
from tests.report.test_rows import NOW_MS, WAITING

T = NOW_MS - 100_000
BORN = replace(WAITING, created_at_ms=T)


def attempt(number: int, start_s: float, end_s: float | None, **more: Any) -> Attempt:
    known = dict.fromkeys(Attempt.__dataclass_fields__)
    outcome = "retry" if end_s is not None else None
    values = {"id": number, "round": 1, "number": number, "outcome": outcome, **more}
    end_ms = None if end_s is None else T + round(end_s * 1000)
    times = {"started_at_ms": T + round(start_s * 1000), "ended_at_ms": end_ms}
    return Attempt(**{**known, **values, **times})


@pytest.mark.parametrize(
    ("job", "attempts", "life"),
    [
        (BORN, [], [("queued", 0, 100)]),
        (replace(BORN, run_at_ms=NOW_MS + 50_000), [], [("queued", 0, 150)]),
        (
            replace(BORN, status="running"),
            [attempt(1, 10, None)],
            [("queued", 0, 10), ("running", 10, 100)],
        ),
        (
            replace(BORN, status="completed"),
            [attempt(1, 0, 5), attempt(2, 15, 20, outcome="completed")],
            [("retry", 0, 5), ("waited", 5, 15), ("completed", 15, 20)],
        ),
        (
            replace(BORN, attempts=1, run_at_ms=NOW_MS + 7000),
            [attempt(1, 10, 90)],
            [("queued", 0, 10), ("retry", 10, 90), ("waits", 90, 107)],
        ),
        (
            replace(BORN, status="running", round=2),
            [attempt(1, 0, 5, outcome="failed"), attempt(2, 80, None, round=2)],
            [("failed", 0, 5), ("at rest", 5, 80), ("running", 80, 100)],
        ),
        (
            replace(BORN, round=2),
            [attempt(1, 0, 5, outcome="failed")],
            [("failed", 0, 5), ("at rest", 5, 100)],
        ),
        (replace(BORN, status="failed"), [attempt(9, 0, 5)], [("retry", 0, 5)]),
    ],
)
def test_attempts_and_the_waits_between_them(
    job: Job, attempts: list[Attempt], life: list[tuple[str, int, int]]
) -> None:
    found = spans(job, attempts, NOW_MS)
    told = [(s.word, (s.start_ms - T) / 1000, (s.end_ms - T) / 1000) for s in found]
    assert told == life


def test_a_clock_that_was_set_back_makes_no_negative_span() -> None:
    found = spans(replace(BORN, status="failed"), [attempt(1, 50, 40), attempt(2, 30, 35)], NOW_MS)
    assert [span.took_ms for span in found] == [50_000, 0, 5000]

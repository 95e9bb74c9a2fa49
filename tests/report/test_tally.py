"""Attempts counted up, without a queue."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.report.tally import Ended, Tally, spans


def attempt(**how: Any) -> Ended:
    plain = Ended("k", "completed", 1000, 500, 1, 6, 2.5, None, None, 1, 100)
    return plain._replace(**how)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], (7, 7, 7, 7)),
        ([1, 2], (1, 2, 2, 2)),
        (range(1, 101), (50, 95, 99, 100)),
        (range(200, 0, -1), (100, 190, 198, 200)),
    ],
)
def test_percentiles_are_spans_that_occurred(values: Any, expected: tuple[int, ...]) -> None:
    found = spans(array("q", values))
    assert found is not None
    assert (found.p50_ms, found.p95_ms, found.p99_ms, found.max_ms) == expected
    assert found.count == len(values)


def test_without_spans_there_are_no_percentiles() -> None:
    assert spans(array("q")) is None


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_at_least_so_many_lie_at_or_below(values: list[int]) -> None:
    found = spans(array("q", values))
    assert found is not None
    for share, ms in ((50, found.p50_ms), (95, found.p95_ms), (99, found.p99_ms)):
        assert 100 * sum(v <= ms for v in values) >= share * len(values)
        assert 100 * sum(v < ms for v in values) < share * len(values)


def test_each_kind_has_its_own_figures() -> None:
    tally = Tally(slowest=3)
    tally.add(
        [
            attempt(),
            attempt(number=2, waited_ms=None, took_ms=3000, images=4),
            attempt(outcome="retry", cpu_s=1.0, images=9, error="no"),
            attempt(kind="other", cpu_s=float("inf"), waited_ms=-5),
        ]
    )
    k, other = tally.kinds["k"], tally.kinds["other"]
    assert dict(k.outcomes) == {"completed": 2, "retry": 1}
    assert (k.retries, k.images, k.cpu_s) == (1, 10, 6.0)
    assert list(k.waited_ms) == [500, 500]
    assert list(k.ran_ms) == [1000, 3000]
    assert (other.cpu_s, list(other.waited_ms)) == (0.0, [0])  # clocks jump, rows can hold anything


def test_the_slowest_that_completed_come_first() -> None:
    tally = Tally(slowest=2)
    tally.add(attempt(job_id=n, took_ms=took) for n, took in enumerate((5, 9, 1, 7, 3)))
    tally.add([attempt(job_id=99, took_ms=100, outcome="failed", error="x")])
    assert [(a.job_id, a.took_ms) for a in tally.slowest()] == [(1, 9), (3, 7)]


def test_errors_of_one_cause_are_one_with_its_last_job() -> None:
    tally = Tally(slowest=1)
    tally.add(
        attempt(outcome=outcome, error=error, error_class="E", job_id=n, ended_at_ms=at)
        for n, (outcome, error, at) in enumerate(
            [
                ("retry", "ends after 5 s", 1),
                ("failed", "ends after 6 s", 3),
                ("crashed", "ends after 7 s", 2),
                ("retry", "no room", 9),
                ("cancelled", "Cancelled", 9),
                ("handed_back", "the daemon stopped", 9),
            ]
        )
    )
    faults = tally.faults(5)
    assert [(f.text, f.count) for f in faults] == [("ends after N s", 3), ("no room", 1)]
    assert (faults[0].job_id, faults[0].example, faults[0].at_ms) == (1, "ends after 6 s", 3)
    assert len(tally.faults(1)) == 1

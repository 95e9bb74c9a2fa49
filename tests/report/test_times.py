from __future__ import annotations

import pytest

from jobd.report.times import iso, precisely, roughly, stamp

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("span_ms", "rough", "precise"),
    [
        (-5000, "0s", "0.0s"),  # the wall clock was set back
        (0, "0s", "0.0s"),
        (949, "0s", "0.9s"),
        (9_999, "9s", "9.9s"),
        (10_000, "10s", "10s"),
        (MINUTE - 1, "59s", "59s"),
        (MINUTE, "1m", "1m00s"),
        (3 * MINUTE + 7 * SECOND, "3m", "3m07s"),
        (HOUR - 1, "59m", "59m59s"),
        (5 * HOUR + 2 * MINUTE, "5h", "5h02m"),
        (DAY - 1, "23h", "23h59m"),
        (12 * DAY + 3 * HOUR, "12d", "12d03h"),
    ],
)
def test_spans(span_ms: int, rough: str, precise: str) -> None:
    assert (roughly(span_ms), precisely(span_ms)) == (rough, precise)


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00.000Z"),
        (1_772_353_800_125, "2026-03-01T08:30:00.125Z"),
        (100_000_000_000_000, "5138-11-16T09:46:40.000Z"),  # the latest that a row may hold
    ],
)
def test_moments_for_programs(at_ms: int | None, text: str | None) -> None:
    assert iso(at_ms) == text


def test_moments_for_people() -> None:
    assert stamp(1_772_353_800_999) == "2026-03-01 08:30:00"

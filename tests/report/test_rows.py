from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobd.report.rows import Job, json_value

NOW_MS = 1_772_353_800_000
WAITING = Job(
    id=1,
    kind="full_frames",
    payload='{"videoId": "v1"}',
    priority=0,
    run_at_ms=0,
    unique_key=None,
    max_attempts=3,
    created_at_ms=NOW_MS - 60_000,
    status="queued",
    attempts=0,
    round=1,
    attempt_id=None,
    lease_until_ms=None,
    progress=None,
    started_at_ms=None,
    finished_at_ms=None,
    result=None,
    error=None,
)


@pytest.mark.parametrize(
    ("columns", "word", "waits"),
    [
        ({}, "queued", False),
        ({"run_at_ms": NOW_MS}, "queued", False),
        ({"run_at_ms": NOW_MS + 1}, "scheduled", True),
        ({"attempts": 1}, "retrying", False),
        ({"attempts": 1, "run_at_ms": NOW_MS + 1}, "retrying", True),
        ({"status": "running", "attempts": 1}, "running", False),
        ({"status": "failed", "attempts": 3, "run_at_ms": NOW_MS + 1}, "failed", False),
    ],
)
def test_the_word_for_a_row(columns: dict[str, Any], word: str, *, waits: bool) -> None:
    job = replace(WAITING, **columns)
    assert job.shown_as(NOW_MS) == word
    assert job.next_try_at_ms(NOW_MS) == (job.run_at_ms if waits else None)


@pytest.mark.parametrize(
    ("columns", "took_ms"),
    [
        ({}, None),
        ({"status": "running", "started_at_ms": NOW_MS - 500}, 500),
        ({"status": "failed", "started_at_ms": NOW_MS - 500, "finished_at_ms": NOW_MS - 100}, 400),
        ({"status": "cancelled", "finished_at_ms": NOW_MS}, None),
    ],
)
def test_how_long_it_took(columns: dict[str, Any], took_ms: int | None) -> None:
    assert replace(WAITING, **columns).took_ms(NOW_MS) == took_ms


@pytest.mark.parametrize(
    ("payload", "video_id"),
    [
        ('{"videoId": "v1"}', "v1"),
        ('{"videoId": 7}', None),
        ("{}", None),
        ("[]", None),
        ("no JSON", None),
    ],
)
def test_the_video_of_a_payload(payload: str, video_id: str | None) -> None:
    assert replace(WAITING, payload=payload).video_id == video_id


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a": NaN}', '{"a": 1e999}', '{"a": -Infinity}', "[" * 30_000 + "]" * 30_000],
)
def test_what_is_no_strict_json_stays_a_text(text: str) -> None:
    assert json_value(text) == text

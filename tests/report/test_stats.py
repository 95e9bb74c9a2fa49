"""inspect stats on a real queue file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import UsageError
from jobd.queue.lifecycle import Outcome
from jobd.report.document import dumped
from jobd.report.stats import LONGEST_MS, read_stats
from jobd.report.stats_document import stats_document
from jobd.report.stats_screen import counted, stats_screen
from jobd.report.text import width
from tests.support.desk import VIDEO

if TYPE_CHECKING:
    from tests.support.desk import Desk

DAY_MS = 86_400_000


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A day: what ended before it, what a day ago, and now."""
    desk.sql("UPDATE meta SET created_at = ?", desk.clock.at_ms - 10 * DAY_MS)
    desk.add()
    desk.run(Outcome.COMPLETED, took_s=5)
    desk.clock.pass_s(2 * 86_400)
    desk.add()  # waits for 20 s, fails once, then completes
    desk.clock.pass_s(20)
    desk.run(Outcome.RETRY, took_s=3, error="ends after 3 s")
    desk.clock.pass_s(100)
    desk.run(Outcome.COMPLETED, took_s=8)
    desk.add(max_attempts=1)
    desk.run(Outcome.CRASHED, took_s=1, error="ends after 17 s")
    desk.add("crop_frames")
    desk.clock.pass_s(4)
    desk.run(Outcome.COMPLETED, took_s=2)
    desk.add()
    desk.lease()  # has not ended
    return desk


def document(desk: Desk, span_ms: int = DAY_MS, kind: str | None = None) -> dict[str, Any]:
    stats = read_stats(desk.path, desk.clock, span_ms, kind)
    found: dict[str, Any] = json.loads(dumped(stats_document(stats)), parse_constant=pytest.fail)
    return found


def test_what_ended_in_the_window_and_nothing_else(busy: Desk) -> None:
    crop, full = document(busy)["kinds"]
    assert (crop["kind"], full["kind"]) == ("crop_frames", "full_frames")
    assert full["jobs"] == {"completed": 1, "failed": 1, "cancelled": 0}
    assert full["failed_share"] == 0.5
    assert full["attempts"] == {
        "completed": 1,
        "failed": 0,
        "retry": 1,
        "crashed": 1,
        "handed_back": 0,
        "cancelled": 0,
    }
    assert full["retries"] == 1
    assert (full["images"], full["cpu_s"]) == (6, 3 * 3.25)
    assert full["waited_s"] == {"count": 2, "p50": 0.0, "p95": 20.0, "p99": 20.0, "max": 20.0}
    assert full["ran_s"] == {"count": 1, "p50": 8.0, "p95": 8.0, "p99": 8.0, "max": 8.0}
    assert crop["waited_s"]["max"] == 4.0
    assert crop["failed_share"] == 0.0


def test_throughput_is_of_the_time_that_the_queue_has_existed(busy: Desk) -> None:
    assert document(busy, 3_600_000)["kinds"][0]["completed_per_hour"] == 1.0
    busy.sql("UPDATE meta SET created_at = ?", busy.clock.at_ms - 1_800_000)
    later = document(busy)
    assert later["window_s"] == 1800
    assert later["kinds"][0]["completed_per_hour"] == 2.0


def test_the_slowest_and_the_errors(busy: Desk) -> None:
    found = document(busy)
    assert [(s["job_id"], s["took_s"]) for s in found["slowest"]] == [(2, 8.0), (4, 2.0)]
    assert found["slowest"][0]["video_id"] == VIDEO
    [error] = found["errors"]
    assert (error["text"], error["count"]) == ("ends after N s", 2)
    assert (error["last_job_id"], error["example"]) == (3, "ends after 17 s")
    assert error["error_class"] == "VideoIncomplete"


def test_one_kind_alone(busy: Desk) -> None:
    found = document(busy, kind="crop_frames")
    assert [kind["kind"] for kind in found["kinds"]] == ["crop_frames"]
    assert [s["job_id"] for s in found["slowest"]] == [4]
    assert found["errors"] == []
    with pytest.raises(UsageError, match="no kind 'fly' here; known: crop_frames, full_frames"):
        document(busy, kind="fly")


@pytest.mark.parametrize("gap", [0, 1, 7])
def test_the_window_begins_at_the_right_attempt_whatever_was_deleted(desk: Desk, gap: int) -> None:
    """Attempts, an hour apart; of some windows exactly those that ended in them are counted."""
    desk.add()
    desk.run(Outcome.COMPLETED)
    began_ms = desk.clock.at_ms
    desk.sql(
        "WITH RECURSIVE c (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c LIMIT 199)"
        " INSERT INTO job_attempts (job_id, round, number, started_at, ended_at, outcome)"
        " SELECT 1, 1, n, ? + n * 3600000, ? + n * 3600000 + 1, 'completed' FROM c",
        began_ms,
        began_ms,
    )
    if gap:
        desk.sql("DELETE FROM job_attempts WHERE id % ? = 0 AND id <> 200", gap + 1)
    desk.clock.at_ms = began_ms + 200 * 3_600_000 + 1
    for hours in (1, 10, 24, 25, 100, 1000):
        since_ms = desk.clock.at_ms - hours * 3_600_000
        [(count,)] = desk.sql("SELECT count(*) FROM job_attempts WHERE ended_at >= ?", since_ms)
        [kind] = document(desk, hours * 3_600_000)["kinds"]
        assert sum(kind["attempts"].values()) == count > 0


def test_an_attempt_that_began_before_the_window_counts_by_its_end(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED, took_s=LONGEST_MS / 1000 - 3600)
    assert document(desk, 3_600_000)["kinds"][0]["ran_s"]["count"] == 1


def test_a_quiet_time(desk: Desk) -> None:
    stats = read_stats(desk.path, desk.clock, 3_600_000)
    assert stats_screen(stats).endswith("\n\nnothing has ended in this time\n")
    assert document(desk)["kinds"] == []


def test_a_span_beyond_all_calendars(busy: Desk) -> None:
    assert document(busy, 10**18)["since"] == "1970-01-01T00:00:00.000Z"


SCREEN = """
KIND         DONE  FAILED     %  CANCELLED  HOURLY  RETRIES  IMAGES   CPU
crop_frames     1       0   0.0          0     0.0        0       6  3.2s
full_frames     1       1  50.0          0     0.0        1       6  9.7s

KIND         WAITED 50 %  95 %  99 %  RAN 50 %  95 %  99 %  LONGEST
crop_frames         4.0s  4.0s  4.0s      2.0s  2.0s  2.0s     2.0s
full_frames         0.0s   20s   20s      8.0s  8.0s  8.0s     8.0s

the slowest
JOB  KIND         VIDEO                                 TOOK  IMAGES   ENDED
  2  full_frames  0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c  8.0s       6  7s ago
  4  crop_frames  0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c  2.0s       6  0s ago

the most common errors
  2 times: full_frames, VideoIncomplete; last by job 3, 6s ago
    ends after N s
"""


def test_the_screen(busy: Desk) -> None:
    queue, since, rest = stats_screen(read_stats(busy.path, busy.clock, DAY_MS)).split("\n", 2)
    assert queue == f"queue   {busy.path}"
    assert since == "since   2026-03-02 08:32:23 UTC (1d)"
    assert rest == SCREEN


def test_the_screen_keeps_to_80_columns_with_large_figures(busy: Desk) -> None:
    busy.sql("UPDATE job_attempts SET error = ?, cpu_s = 5e6, frames_wanted = 9e8", "word " * 99)
    busy.sql("UPDATE job_attempts SET ended_at = ended_at + 999999999 WHERE outcome = 'completed'")
    busy.clock.pass_s(999_999)
    text = stats_screen(read_stats(busy.path, busy.clock, 30 * DAY_MS))
    assert max(map(width, text.splitlines()[2:])) <= 80


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (99_999, "99,999"), (100_000, "100k"), (999_999, "999k"), (1_000_000, "1.0M"),
     (99_900_000, "99.9M"), (123_456_789, "123M")],
)  # fmt: skip
def test_counts_have_six_columns(count: int, text: str) -> None:
    assert counted(count) == text
    assert len(text) <= 6


def test_texts_that_are_no_utf_8(busy: Desk) -> None:
    busy.sql("UPDATE job_attempts SET error = CAST(X'22ff1b22' AS TEXT) WHERE error IS NOT NULL")
    busy.sql("UPDATE job_attempts SET cpu_s = 9e999")
    assert "\N{REPLACEMENT CHARACTER}" in document(busy)["errors"][0]["text"]
    text = stats_screen(read_stats(busy.path, busy.clock, DAY_MS))
    assert "\x1b" not in text

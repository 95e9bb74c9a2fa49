"""Which jobs a look is about, on a real queue file; and how SQLite finds them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import jobd.report.find as find_module
from jobd.errors import UsageError
from jobd.queue.lease import take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import settle
from jobd.report.find import Found, find
from jobd.report.wanted import Wanted
from jobd.sqlite import load_blocks
from tests.support.queuefile import COMPLETED, LEASE_MS, NOW_MS, insert, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from tests.support.queuefile import HandClock

BLOCKS = load_blocks(Path(find_module.__file__).with_name("find.sql"))
DATED = NOW_MS + 60_000


def end(queue: Queue, what: Settlement, outcome: Outcome) -> int:
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    settle(queue, lease, outcome, what)
    return lease.job_id


@pytest.fixture
def jobs(queue: Queue, clock: HandClock) -> dict[str, int]:
    """One job in each state; each ended a second after the one before."""
    named = {}
    for state, what, outcome in (
        ("completed", COMPLETED, Outcome.COMPLETED),
        ("failed", Settlement("failed", error="no"), Outcome.FAILED),
        ("retrying", Settlement("queued", run_at_ms=DATED, error="later"), Outcome.RETRY),
    ):
        clock.pass_ms(1000)
        insert(queue, video=state)
        named[state] = end(queue, what, outcome)
    named["cancelled"] = insert(queue, video="cancelled")
    rows(queue, "UPDATE jobs SET status = 'cancelled' WHERE id = ?", named["cancelled"])
    named["running"] = insert(queue, "crop_frames", "running")
    assert take_lease(queue, LEASE_MS) is not None
    named["scheduled"] = insert(queue, video="scheduled", run_at=DATED)
    named["due"] = insert(queue, video="due", run_at=NOW_MS - 1)
    named["queued"] = insert(queue, video="queued")
    named["first"] = insert(queue, "crop_frames", "first")
    return named


def test_all_are_shown_in_the_order_of_their_turn(
    queue: Queue, clock: HandClock, jobs: dict[str, int]
) -> None:
    waiting = ("first", "due", "queued", "scheduled", "retrying")
    ended = ("cancelled", "failed", "completed")  # cancelled by the machine's own clock
    assert find(queue, Wanted(), clock.now_ms()) == Found(
        (jobs["running"],), tuple(jobs[n] for n in waiting), tuple(jobs[n] for n in ended)
    )


@pytest.mark.parametrize("state", ["running", "scheduled", "retrying", "failed", "completed"])
def test_one_state_alone(queue: Queue, clock: HandClock, jobs: dict[str, int], state: str) -> None:
    assert find(queue, Wanted(states=(state,)), clock.now_ms()).ids == (jobs[state],)


def test_by_kind(queue: Queue, clock: HandClock, jobs: dict[str, int]) -> None:
    crop = find(queue, Wanted(kind="crop_frames"), clock.now_ms())
    assert crop.ids == (jobs["running"], jobs["first"])
    with pytest.raises(UsageError, match="no kind 'fly' here; known: crop_frames, full_frames"):
        find(queue, Wanted(kind="fly"), clock.now_ms())


def test_by_video_whatever_its_state(queue: Queue, clock: HandClock, jobs: dict[str, int]) -> None:
    for video, job in jobs.items():
        assert find(queue, Wanted(video=video), clock.now_ms()).ids == (job,)
        kind = "crop_frames" if video in ("running", "first") else "full_frames"
        assert find(queue, Wanted(video=video, kind=kind), clock.now_ms()).ids == (job,)
    assert find(queue, Wanted(video="failed", states=("completed",)), clock.now_ms()).ids == ()
    assert find(queue, Wanted(video="nobody"), clock.now_ms()).ids == ()


def test_since_leaves_out_what_had_ended_before(
    queue: Queue, clock: HandClock, jobs: dict[str, int]
) -> None:
    since = Wanted(since_ms=NOW_MS + 2000)
    found = find(queue, since, clock.now_ms())
    assert found.ended == (jobs["cancelled"], jobs["failed"])
    assert found.running == (jobs["running"],)
    assert len(found.waiting) == 5


def test_a_count_cuts_after_every_group_had_its_share(
    queue: Queue, clock: HandClock, jobs: dict[str, int]
) -> None:
    found = find(queue, Wanted(), clock.now_ms(), 4)
    assert found == Found((jobs["running"],), (jobs["first"],), (jobs["cancelled"], jobs["failed"]))


@pytest.mark.parametrize("name", sorted(set(BLOCKS) - {"kinds"}))
def test_no_search_reads_the_table(queue: Queue, name: str) -> None:
    binds = dict.fromkeys(re.findall(r":(\w+)", BLOCKS[name]))
    lines = [str(r[-1]) for r in queue.db.execute(f"EXPLAIN QUERY PLAN {BLOCKS[name]}", binds)]
    scans = [line for line in lines if line.startswith("SCAN")]
    # A partial index that holds the wanted rows alone is walked in its order, up to :count.
    assert all(re.match(r"SCAN jobs USING INDEX jobs_(running|retrying)", s) for s in scans), lines

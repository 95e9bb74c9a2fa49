"""The screens as people see them, word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.queue.heartbeat import Identity, beat
from jobd.queue.lifecycle import Outcome
from jobd.queue.lock import DaemonLock, Trouble
from jobd.report.text import width

if TYPE_CHECKING:
    from tests.support.desk import Desk

TOO_EARLY = "/data/0f/0f8c/video.mp4 ends at 12.5 s of 55.1 s: perhaps it is still being written"


def fill(desk: Desk) -> None:
    """One job in each state."""
    for _ in range(5):
        desk.add()
        desk.clock.pass_s(60)
    desk.add("crop_frames", unique_key="v1")
    desk.run(Outcome.RETRY, error=TOO_EARLY)
    desk.run(Outcome.COMPLETED, took_s=3.4, result='{"frames": 6}')
    desk.run(Outcome.FAILED, error="no such file: /data/nosuch.mp4")
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id = 3")
    desk.sql("UPDATE jobs SET run_at = ? WHERE id = 5", desk.clock.at_ms + 7_200_000)
    lease = desk.lease()
    desk.clock.pass_s(2)
    desk.progress(lease, 0.467)
    desk.add()


def test_the_queue(desk: Desk) -> None:
    fill(desk)
    head, _, listing = desk.see().partition("\n\n")
    assert head == (
        f"queue   {desk.path}\n"
        "daemon  not running\n"
        "jobs    1 queued, 1 scheduled, 1 retrying, 1 running, 1 completed, 1 failed,\n"
        "        1 cancelled"
    )
    assert listing == (
        "ID  STATUS     KIND         VIDEO                 AGE  TOOK  TRY  DETAIL\n"
        " 7  queued     full_frames  0f8c2a5e-3a51-4d0e-…   0s     -  0/3\n"
        " 6  retrying   crop_frames  0f8c2a5e-3a51-4d0e-…   7s     -  1/3  next try in 3s\n"
        "    /data/0f/0f8c/video.mp4 ends at 12.5 s of 55.1 s: perhaps it is still being…\n"
        " 5  scheduled  full_frames  0f8c2a5e-3a51-4d0e-…   1m     -  0/3  starts in 1h\n"
        " 4  running    full_frames  0f8c2a5e-3a51-4d0e-…   2m  2.0s  1/3  46 %\n"
        " 3  cancelled  full_frames  0f8c2a5e-3a51-4d0e-…   3m     -  0/3\n"
        " 2  failed     full_frames  0f8c2a5e-3a51-4d0e-…   4m  1.2s  1/3\n"
        "    no such file: /data/nosuch.mp4\n"
        " 1  completed  full_frames  0f8c2a5e-3a51-4d0e-…   5m  3.4s  1/3\n"
    )


def test_an_empty_queue(desk: Desk) -> None:
    assert desk.see() == (
        f"queue   {desk.path}\n"
        "daemon  not running\n"
        "jobs    0 queued, 0 running, 0 completed, 0 failed\n"
    )


def test_a_daemon_that_lives_and_one_that_died(desk: Desk) -> None:
    lock = DaemonLock(desk.path)
    lock.acquire()
    assert "daemon  running, pid " in desk.see()
    holder = int(desk.see().split("pid ")[1].split()[0])
    identity = Identity(holder, "boot", "0.1.0", desk.clock.at_ms, concurrency=2)
    desk.clock.pass_s(125)
    beat(desk.queue, identity, not_leasing="disk full: 12 MB left", warning="a full moon")
    desk.clock.pass_s(4)
    assert desk.see().splitlines()[1:4] == [
        f"daemon  running, pid {holder}, up 2m, last beat 4s ago, 2 at once, jobd 0.1.0",
        "        starts no job now: disk full: 12 MB left",
        "        a full moon",
    ]
    lock.release()
    assert desk.see().splitlines()[1] == (
        f"daemon  not running, last pid {holder}, last beat 4s ago"
    )


def test_a_queue_that_cannot_be_written_is_told_by_its_lock(desk: Desk) -> None:
    with DaemonLock(desk.path) as lock:
        desk.clock.pass_s(185)
        lock.say(Trouble(f"the disk of {desk.path.name} is full", desk.clock.at_ms - 180_000))
        assert desk.see().splitlines()[2] == (
            "        starts no job now: the disk of jobs.db is full, for 3m"
        )
        daemon = desk.document()["daemon"]
        assert daemon["not_leasing"] == "the disk of jobs.db is full"
        assert daemon["not_leasing_since"] == "2026-03-01T08:30:05.000Z"
        lock.say(None)
        assert desk.document()["daemon"]["not_leasing"] is None
        lock.say(Trouble("left behind", 1))
    assert desk.document()["daemon"]["not_leasing"] is None


def test_one_job(desk: Desk) -> None:
    job_id = desk.add("crop_frames", unique_key="v1", payload={"videoId": "v1", "deep": [1]})
    desk.run(Outcome.RETRY, error=TOO_EARLY)
    desk.clock.pass_s(10)
    desk.run(Outcome.COMPLETED, took_s=83, result='{"frames": 552}')
    desk.clock.pass_s(60)
    assert desk.see(job_id) == (
        "job 1: crop_frames, completed\n"
        "\n"
        "video     v1\n"
        "key       v1\n"
        "priority  10\n"
        "tries     2 of 3 in round 1\n"
        "created   2026-03-01 08:30:00 UTC (2m ago)\n"
        "started   2026-03-01 08:30:11 UTC (2m ago)\n"
        "finished  2026-03-01 08:31:34 UTC (1m ago)\n"
        "took      1m23s\n"
        "\n"
        "payload\n"
        "  {\n"
        '    "videoId": "v1",\n'
        '    "deep": [\n'
        "      1\n"
        "    ]\n"
        "  }\n"
        "\n"
        "result\n"
        "  {\n"
        '    "frames": 552\n'
        "  }\n"
        "\n"
        "attempts\n"
        "  #1  2026-03-01 08:30:00  retry          1.2s  round 1  pid 4712\n"
        "    6 frames wanted, 1,323 decoded, 2 damaged, CPU 3.2s, peak memory 212 MiB\n"
        "    VideoIncomplete: /data/0f/0f8c/video.mp4 ends at 12.5 s of 55.1 s: perhaps\n"
        "    it is still being written\n"
        "  #2  2026-03-01 08:30:11  completed     1m23s  round 1  pid 4712\n"
        "    6 frames wanted, 1,323 decoded, 2 damaged, CPU 3.2s, peak memory 212 MiB\n"
    )


def test_one_job_between_two_attempts_and_in_one(desk: Desk) -> None:
    job_id = desk.add()
    desk.run(Outcome.RETRY, error=TOO_EARLY)
    assert desk.see(job_id).startswith(
        "job 1: full_frames, retrying (next try in 10s)\n"
        "\n"
        "video     0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c\n"
        "priority  0\n"
        "tries     1 of 3 in round 1\n"
        "created   2026-03-01 08:30:00 UTC (1s ago)\n"
        "run at    2026-03-01 08:30:11 UTC (in 10s)\n"
        "\n"
        "error\n"
        f"  {TOO_EARLY}\n"
    )
    desk.clock.pass_s(10)
    desk.lease(pid=4800)
    desk.clock.pass_s(3)
    assert "job 1: full_frames, running (0 %)" in desk.see(job_id)
    assert "#2  2026-03-01 08:30:11  running        3.0s  round 1  pid 4800" in desk.see(job_id)


@pytest.mark.parametrize("text", ["字幕" * 200, "x" * 500, "\x1b[2J" * 100, "a\nb\n" * 200])
def test_no_row_makes_the_listing_wider_than_80_columns(desk: Desk, text: str) -> None:
    desk.add(payload={"videoId": text})
    desk.run(Outcome.FAILED, error=text)
    desk.sql("DROP TRIGGER kinds_known")
    desk.add("kind of a very long name", payload={"videoId": text}, run_at=100_000_000_000_000)
    desk.sql("UPDATE sqlite_sequence SET seq = 9007199254740980 WHERE name = 'jobs'")
    desk.add(max_attempts=1000)
    listing = desk.see().splitlines()[3:]
    assert listing
    assert [line for line in listing if width(line) > 80] == []
    assert "\x1b" not in "".join(listing)

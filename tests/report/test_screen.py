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
        "daemon  ● not running\n"
        "jobs    1 running, 1 queued, 1 scheduled, 1 retrying, 1 completed, 1 failed,\n"
        "        1 cancelled\n"
        "oldest  waits 0s: job 7 (full_frames)"
    )
    assert listing == (
        "JOB  STATE        KIND         VIDEO      AGE  TOOK  TRY  DETAIL\n"
        "  4  ● running    full_frames  0f8c2a5e…   2m  2.0s  1/3  ━━━━───── 46%  2s left\n"
        "  7  ○ queued     full_frames  0f8c2a5e…   0s     -  0/3\n"
        "  5  ◷ scheduled  full_frames  0f8c2a5e…   1m     -  0/3  starts in 1h\n"
        "  6  ↻ retrying   crop_frames  0f8c2a5e…   7s     -  1/3  next try in 3s\n"
        "    …/video.mp4 ends at 12.5 s of 55.1 s: perhaps it is still being written\n"
        "  3  ⊘ cancelled  full_frames  0f8c2a5e…   3m     -  0/3\n"
        "  2  ✗ failed     full_frames  0f8c2a5e…   4m  1.2s  1/3\n"
        "    no such file: /data/nosuch.mp4\n"
        "  1  ✓ completed  full_frames  0f8c2a5e…   5m  3.4s  1/3  6 frames\n"
    )


def test_an_empty_queue(desk: Desk) -> None:
    assert desk.see() == (
        f"queue   {desk.path}\n"
        "daemon  ● not running\n"
        "jobs    0 running, 0 queued, 0 completed, 0 failed\n"
    )


def test_a_daemon_that_lives_and_one_that_died(desk: Desk) -> None:
    lock = DaemonLock(desk.path)
    lock.acquire()
    assert "daemon  ● running, pid " in desk.see()
    holder = int(desk.see().split("pid ")[1].split()[0])
    identity = Identity(holder, "boot", "0.1.0", desk.clock.at_ms, concurrency=2)
    desk.clock.pass_s(125)
    beat(desk.queue, identity, not_leasing="disk full: 12 MB left", warning="a full moon")
    desk.clock.pass_s(4)
    assert desk.see().splitlines()[1:4] == [
        f"daemon  ● running, pid {holder}, up 2m, last beat 4s ago, 2 at once, jobd 0.1.0",
        "        starts no job now: disk full: 12 MB left",
        "        a full moon",
    ]
    lock.release()
    assert desk.see().splitlines()[1] == (
        f"daemon  ● not running, last pid {holder}, last beat 4s ago"
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
    job_id = desk.add("crop_frames", unique_key="k1", payload={"videoId": "v1", "deep": [1]})
    desk.run(Outcome.RETRY, error=TOO_EARLY)
    desk.clock.pass_s(10)
    desk.run(Outcome.COMPLETED, took_s=20, result='{"frames": 552, "durationSeconds": 55.0}')
    desk.clock.pass_s(60)
    assert desk.see(job_id) == (
        "✓ job 1: crop_frames, completed  552 frames\n"
        "\n"
        "video     v1\n"
        "key       k1\n"
        "priority  10\n"
        "tries     2 of 3 in round 1\n"
        "created   2026-03-01 08:30:00 UTC (1m ago)\n"
        "started   2026-03-01 08:30:11 UTC (1m ago)\n"
        "finished  2026-03-01 08:30:31 UTC (1m ago)\n"
        "took      20s, 2.8 times realtime\n"
        "\n"
        "payload\n"
        '  videoId  "v1"\n'
        "  deep     [1]\n"
        "\n"
        "result\n"
        "  frames           552\n"
        "  durationSeconds  55.0\n"
        "\n"
        "attempts\n"
        "  #1   ↻ retry          1.2s  ━━\n"
        "       2026-03-01 08:30:00, round 1, pid 4712, 6 frames wanted, 1,323 decoded, 2\n"
        "       damaged, CPU 3.2 s, peak memory 212 MiB\n"
        "       VideoIncomplete: /data/0f/0f8c/video.mp4 ends at 12.5 s of 55.1 s:\n"
        "       perhaps it is still being written\n"
        "       waited            10s   ·················\n"
        "  #2   ✓ completed       20s                   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\n"
        "       2026-03-01 08:30:11, round 1, pid 4712, 6 frames wanted, 1,323 decoded, 2\n"
        "       damaged, CPU 3.2 s, peak memory 212 MiB\n"
    )


def test_one_job_between_two_attempts_and_in_one(desk: Desk) -> None:
    job_id = desk.add()
    desk.run(Outcome.RETRY, error=TOO_EARLY)
    assert desk.see(job_id).startswith(
        "↻ job 1: full_frames, retrying  next try in 10s\n"
        "\n"
        "video     0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c\n"
        "priority  0\n"
        "tries     1 of 3 in round 1\n"
        "created   2026-03-01 08:30:00 UTC (1s ago)\n"
        "run at    2026-03-01 08:30:11 UTC (in 10s)\n"
    )
    assert desk.see(job_id).endswith(
        "       VideoIncomplete\n"
        "       waits             10s       "
        f"{'·' * 45}\n"
        "\n"
        "error\n"
        "  /data/0f/0f8c/video.mp4 ends at 12.5 s of 55.1 s: perhaps it is still being\n"
        "  written\n"
    )
    desk.clock.pass_s(10)
    desk.lease(pid=4800)
    desk.clock.pass_s(3)
    assert desk.see(job_id).startswith("● job 1: full_frames, running  ")
    assert "\n  #2   ● running        3.0s  " in desk.see(job_id)


def test_an_error_comes_with_its_traceback_and_the_log(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    desk.say(lease, "info", "all packets are read")
    desk.say(
        lease, "error", 'Traceback (most recent call last):\n  File "x"\nValueError: no \x1b[2J'
    )
    desk.sql("UPDATE jobs SET error = 'no'")
    assert desk.see(1).endswith(
        "error\n"
        "  no\n"
        "  Traceback (most recent call last):\n"
        '    File "x"\n'
        "  ValueError: no \\x1b[2J\n"
        "\n"
        "log\n"
        "  08:30:00  #1  all packets are read\n"
    )


def test_a_video_with_all_it_has_had(desk: Desk) -> None:
    bounds = {"left": 1, "top": 2, "right": 30, "bottom": 40}
    paths = {"videoPath": "/srv/v1/video.mp4", "dbPath": "/srv/v1/annotations.db"}
    desk.add(payload={"videoId": "v1", **paths})
    desk.run(Outcome.COMPLETED, took_s=10, result='{"frames": 6}')
    desk.add("crop_frames", payload={"videoId": "v1", "cropBounds": bounds, "cropBoundsVersion": 1})
    desk.clock.pass_s(10)
    desk.run(Outcome.FAILED, took_s=20, error="no")
    assert desk.see_video("v1") == (
        "video   v1\n"
        "jobs    1 completed, 1 failed\n"
        "\n"
        "full_frames\n"
        "      1  ✓ completed   30s ago  6 frames\n"
        "crop_frames, bounds version 1, 1,2 to 30,40\n"
        "      2  ✗ failed       0s ago  no\n"
        "\n"
        "2026-03-01 08:30:00 to 2026-03-01 08:30:40 UTC\n"
        "    1  full_frames    10s ━━━━━━━━━━━━━━\n"
        "    2  crop_frames    20s                            ━━━━━━━━━━━━━━━━━━━━━━━━━━━\n"
    )
    assert "> " in desk.see(1)


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


def test_a_key_of_any_length_leaves_room_for_its_value(desk: Desk) -> None:
    desk.add(payload={"videoId": "v", "字幕": 1, "k" * 30_000: "word " * 5000})
    lines = desk.see(1).splitlines()
    assert "  字幕                            1" in lines
    assert max(width(line) for line in lines if "kkk" not in line) <= 80

"""`inspect logs -f`: until the job has ended, over retries and restarts."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobd.clock import SystemClock
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.said import Said
from jobd.queue.settle import settle
from jobd.report import show_logs as module
from jobd.report.logs import Lines
from jobd.report.show_logs import Printer, follow_logs, show_logs
from tests.support.house import House, jobd, until
from tests.support.queuefile import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.support.desk import Desk

AT = "2026-03-01T08:30:00.000Z"


@contextmanager
def following(desk: Desk, *flags: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "jobd", "inspect", "logs", "1", "-f", "--db", str(desk.path)]
    with subprocess.Popen(
        [*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().rstrip("\n").removeprefix(f"{AT}  ")


def test_following_ends_with_the_job_and_not_with_an_attempt(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    desk.say(lease, "info", "one")
    with following(desk) as process:
        assert next_line(process) == "info     one"
        desk.say(lease, "info", "two")
        assert next_line(process) == "info     two"
        settle(
            *(desk.queue, lease, Outcome.RETRY, Settlement("queued", error="no")),
            said=Said(lease.attempt_id),
        )
        assert next_line(process) == "warning  queued again: no"
        lease = desk.lease()
        desk.say(lease, "info", "three")
        assert [next_line(process), next_line(process)] == ["── attempt 2 ──", "info     three"]
        settle(*(desk.queue, lease, Outcome.COMPLETED, COMPLETED), said=Said(lease.attempt_id))
        assert process.communicate(timeout=60) == (f"{AT}  info     completed\n", "")
    assert process.returncode == 0


def test_following_from_now_on(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    desk.say(lease, "info", "old")
    with following(desk, "-n", "0", "--json") as process:
        until(lambda: "inotify" in descriptors(process.pid))
        desk.say(lease, "info", "new")
        assert json.loads(next_line(process))["message"] == "new"
        settle(*(desk.queue, lease, Outcome.COMPLETED, COMPLETED), said=Said(lease.attempt_id))
        assert process.wait(60) == 0


def descriptors(pid: int) -> str:
    folder = f"/proc/{pid}/fd"
    found = []
    for name in os.listdir(folder):  # noqa: PTH208 - only names are wanted
        try:
            found.append(os.readlink(f"{folder}/{name}"))  # noqa: PTH115 - no such file
        except FileNotFoundError:
            continue
    return " ".join(found)


def test_following_one_attempt_ends_with_it(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    with following(desk, "--attempt", "1") as process:
        settle(
            *(desk.queue, lease, Outcome.RETRY, Settlement("queued", error="no")),
            said=Said(lease.attempt_id),
        )
        assert process.communicate(timeout=60) == (f"{AT}  warning  queued again: no\n", "")


def test_following_waits_for_a_job_that_has_not_begun(desk: Desk) -> None:
    desk.add()
    with following(desk) as process:
        lease = desk.lease()
        desk.say(lease, "info", "one")
        assert next_line(process) == "info     one"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130


def test_following_a_job_that_is_deleted_ends_with_a_line(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    desk.say(lease, "info", "one")
    with following(desk) as process:
        assert next_line(process) == "info     one"
        desk.sql("DELETE FROM jobs")
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    assert told == f"jobd: no job 1 in {desk.path}\n"


def test_a_cancelled_job_is_followed_until_its_process_has_ended(desk: Desk) -> None:
    desk.add()
    desk.lease()
    out = io.StringIO()
    clock, wanted = SystemClock(), Lines(1)
    desk.sql("UPDATE jobs SET status = 'cancelled'")
    assert not show_logs(desk.path, clock, wanted, None, Printer(out, 1, as_json=False))
    desk.sql("UPDATE job_attempts SET ended_at = 1, outcome = 'cancelled'")
    assert show_logs(desk.path, clock, wanted, None, Printer(out, 1, as_json=False))


def test_a_change_wakes_whoever_follows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY_S", 3600.0)  # no look by the clock
    desk.add()
    lease = desk.lease()
    out = io.StringIO()
    follower = threading.Thread(
        target=follow_logs,
        args=(desk.path, SystemClock(), Lines(1), Printer(out, 1, as_json=False)),
        daemon=True,
    )
    follower.start()

    def told(word: str) -> bool:
        """The event comes before the commit: one may be missed that takes long, not all."""
        desk.say(lease, "info", word)
        return word in out.getvalue()

    until(lambda: told("one"))
    until(lambda: told("two"))
    settle(*(desk.queue, lease, Outcome.COMPLETED, COMPLETED), said=Said(lease.attempt_id))
    until(lambda: told("after") or not follower.is_alive())
    follower.join(60)
    assert " completed\n" in out.getvalue()


def test_following_outlives_the_daemon(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    path = house.folder / "v1" / "video.mp4"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    job = house.insert("full_frames", payload)
    command = [sys.executable, "-m", "jobd", "inspect", "logs", str(job), "-f"]
    with subprocess.Popen(
        [*command, "--db", str(house.db)], stdout=subprocess.PIPE, text=True
    ) as follower:
        house.ready("--backoff-s", "5")
        until(lambda: house.job(job, "attempts") == 1 and house.job(job, "status") == "queued")
        house.daemons[-1].kill()
        house.daemons[-1].wait()
        path.write_bytes(whole)
        house.work_off()
        out, _ = follower.communicate(timeout=60)
    assert follower.returncode == 0
    assert "queued again, next try in " in out
    assert out.count("── attempt 2 ──") == 1
    assert out.endswith("info     completed\n")

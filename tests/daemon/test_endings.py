"""How attempts and daemons end: by signals, by crashing, by time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.atwork import WORK, child_pid, crop_status, staged, start_work
from tests.support.house import House, alive, descendants, jobd, until


def test_sigterm_lets_running_attempts_end(house: House) -> None:
    _, job = start_work(house)
    daemon = house.daemons[-1]
    daemon.send_signal(signal.SIGTERM)
    until(lambda: "stopping" in house.log())
    waiting = house.insert("full_frames", house.video("v2"))
    assert daemon.wait(60) == 0
    assert house.job(job, "status", "attempts") == ("completed", 1)
    assert house.job(waiting, "status", "attempts") == ("queued", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_does_not_end_in_time_is_handed_back_uncounted(
    house: House, number: signal.Signals
) -> None:
    payload, job = start_work(house, "--drain-s", "0")
    daemon = house.daemons[-1]
    below = house.children(daemon)
    daemon.send_signal(number)
    assert daemon.wait(60) == 0
    assert house.job(job, "status", "attempts", "round") == ("queued", 0, 1)
    assert house.sql("SELECT outcome FROM job_attempts") == [("handed_back",)]
    assert crop_status(payload) == ("queued", None, None)
    until(lambda: not any(map(alive, below)))
    house.work_off()
    assert house.job(job, "status", "attempts") == ("completed", 1)
    assert staged(payload) == 0


def test_kill_9_of_the_daemon_takes_its_children_along_and_loses_nothing(house: House) -> None:
    payload, job = start_work(house)
    daemon = house.daemons[-1]
    below = house.children(daemon)
    assert child_pid(payload) in below
    daemon.kill()
    daemon.wait()
    until(lambda: not any(map(alive, below)))
    assert house.job(job, "status") == "running"
    house.work_off()
    assert house.job(job, "status", "attempts") == ("completed", 2)
    outcomes = house.sql("SELECT outcome, error FROM job_attempts ORDER BY id")
    assert outcomes == [
        ("crashed", "the daemon died while this attempt ran"),
        ("completed", None),
    ]
    assert staged(payload) == 0


def test_a_child_that_crashes_counts_and_is_named(house: House) -> None:
    payload, job = start_work(house, "--backoff-s", "3")
    os.kill(child_pid(payload), signal.SIGSEGV)
    house.until_status(job, "queued")
    assert crop_status(payload) == ("queued", None, None)
    assert "SIGSEGV" in house.job(job, "error")
    house.until_status(job, "completed")
    assert house.job(job, "attempts") == 2


def test_a_crash_at_the_last_attempt_fails_and_the_app_is_told(house: House) -> None:
    payload, job = start_work(house, max_attempts=1)
    os.kill(child_pid(payload), signal.SIGKILL)
    house.until_status(job, "failed")
    word, message, pid = crop_status(payload)
    assert (word, pid) == ("error", None)
    assert message == house.job(job, "error")
    assert "SIGKILL" in str(message)
    assert staged(payload) == 0


def test_a_hung_child_is_killed_after_the_no_progress_time(house: House) -> None:
    payload, job = start_work(house, "--no-progress-s", "2", max_attempts=1)
    os.kill(child_pid(payload), signal.SIGSTOP)
    house.until_status(job, "failed")
    assert "no progress for 2 s" in house.job(job, "error")
    assert crop_status(payload)[0] == "error"


@pytest.mark.parametrize(
    "flags", [("--time-limit-s", "1"), ("--time-limits", "full_frames=999,crop_frames=1")]
)
def test_an_attempt_that_takes_too_long_is_killed(house: House, flags: tuple[str, ...]) -> None:
    payload, job = start_work(house, *flags, max_attempts=1)
    house.until_status(job, "failed")
    assert house.job(job, "error") == "not done after 1 s: killed"
    assert crop_status(payload)[0] == "error"


def test_a_limit_for_a_kind_that_is_none_is_refused(house: House) -> None:
    done = jobd("serve", "--db", house.db, "--time-limits", "full_frame=10")
    assert done.returncode == 2
    assert "time_limits: unknown kind 'full_frame'; known: crop_frames, full_frames" in done.stderr


def test_a_second_daemon_names_the_holder_and_has_its_own_code(house: House) -> None:
    first = house.ready()
    second = jobd("serve", "--db", house.db)
    assert second.returncode == 6
    assert str(first.pid) in second.stderr
    assert first.poll() is None


def test_two_jobs_of_one_table_never_run_at_once(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    for _ in range(4):
        house.insert("crop_frames", payload | {"cropBounds": WORK["cropBounds"], "frameRate": 5})
    house.work_off("--concurrency", "4")
    overlaps = house.sql(
        "SELECT count(*) FROM job_attempts a JOIN job_attempts b"
        " ON a.id < b.id AND b.started_at < a.ended_at"
    )
    assert overlaps == [(0,)]
    assert house.sql("SELECT DISTINCT status FROM jobs") == [("completed",)]


def test_a_killed_forkserver_is_replaced(house: House) -> None:
    payload, job = start_work(house)
    [forkserver] = [
        pid
        for pid in house.children(house.daemons[-1])
        if "forkserver" in Path(f"/proc/{pid}/cmdline").read_text() and descendants(pid)
    ]
    os.kill(forkserver, signal.SIGKILL)
    house.until_status(job, "completed")
    outcomes = house.sql("SELECT outcome FROM job_attempts ORDER BY id")
    assert outcomes == [("crashed",), ("completed",)]
    assert crop_status(payload) == ("complete", None, None)


def test_a_forkserver_that_cannot_be_reached_any_more_ends_the_daemon(house: House) -> None:
    sockets = Path(tempfile.mkdtemp(prefix="jobd-"))  # a short path
    house.environ["TMPDIR"] = str(sockets)
    daemon = house.ready()
    for socket in sockets.glob("*/listener-*"):
        socket.unlink()
    job = house.insert("full_frames", house.video(), max_attempts=1)
    assert daemon.wait(60) == 7
    assert "somebody has removed the forkserver's socket" in house.log().splitlines()[-1]
    assert house.job(job, "status", "attempts") == ("queued", 0)
    shutil.rmtree(sockets)
    del house.environ["TMPDIR"]
    house.work_off()
    assert house.job(job, "status") == "completed"


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD: mounting a small disk needs root")
def test_a_full_disk_hands_the_attempt_back(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    disk = house.folder / "v1"
    job = house.insert("full_frames", payload | {"frameRate": 10})
    script = (
        'cp -a "$0" "$0.kept" && mount -t tmpfs -o size=1900k tmpfs "$0" &&'
        ' cp -a "$0.kept"/. "$0" && exec "$@"'
    )
    serve = [sys.executable, "-m", "jobd", "serve", "--db", str(house.db)]
    unshare = ["/usr/bin/unshare", "-m", "sh", "-c", script, str(disk)]
    daemon = subprocess.Popen([*unshare, *serve], text=True)
    house.daemons.append(daemon)
    until(lambda: bool(house.sql("SELECT 1 FROM job_attempts WHERE outcome IS NOT NULL")))
    status, attempts, run_at, error = house.job(job, "status", "attempts", "run_at", "error")
    assert (status, attempts) == ("queued", 0)
    assert 30_000 < run_at - time.time() * 1000 <= 60_000
    assert "full" in error
    assert house.sql("SELECT outcome FROM job_attempts") == [("handed_back",)]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python then goes to /tmp by itself")
def test_no_place_for_the_forkservers_socket_is_said(house: House) -> None:
    jobd("init", "--db", house.db)
    deep = house.folder / ("x" * 100)
    deep.mkdir()
    done = jobd("serve", "--db", house.db, "--exit-when-idle", env=os.environ | {"TMPDIR": deep})
    assert done.returncode == 7
    assert "no child process can be prepared: AF_UNIX path too long;" in done.stderr
    assert "TMPDIR" in done.stderr.splitlines()[-1]

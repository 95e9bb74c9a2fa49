"""A person's commands as real processes, beside real daemons and beside each other."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.support.atwork import WORK, add_work, crop_status, start_work
from tests.support.house import PATIENCE_S, House, alive, jobd, run_sql, until

if TYPE_CHECKING:
    from collections.abc import Sequence

# Nothing but a write to the -wal wakes this daemon in time.
DEAF = ("--poll-ms", "60000")


def test_cancel_stops_a_running_job_and_names_who_does_it(house: House) -> None:
    payload, job = start_work(house)
    daemon = house.daemons[-1]
    [(pid,)] = run_sql(payload["dbPath"], "SELECT current_job_id FROM crop_frames_status")
    done = jobd("cancel", str(job), "--db", house.db)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"job {job}: cancelled (it ran)\nthe daemon (pid {daemon.pid}) stops what ran\n"
    )
    until(lambda: not alive(int(pid)), house.log)
    until(lambda: crop_status(payload)[:2] == ("error", "Cancelled"), house.log)
    assert house.job(job, "status", "attempt_id") == ("cancelled", None)


def at_a_terminal(house: House, answer: str, *command: str) -> str:
    """Run a command on a terminal of its own and answer it; all that stands there then."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jobd", *command, "--db", str(house.db)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # EIO: the other end is closed
        while part := os.read(ours, 4096):
            if b"[y/N]" in part:
                os.write(ours, answer.encode())
            seen += part
    os.close(ours)
    process.wait(PATIENCE_S)
    return f"{seen.decode()}→ {process.returncode}"


def test_at_a_terminal_a_person_is_asked(house: House) -> None:
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", house.video())
    cancel = ("cancel", "--status", "queued")
    said = at_a_terminal(house, "n\n", *cancel)
    assert "would cancel 1 job (1 queued):" in said
    assert said.endswith("nothing was done\r\n→ 1")
    assert house.job(job, "status") == "queued"
    assert at_a_terminal(house, "y\n", *cancel).endswith("→ 0")
    assert house.job(job, "status") == "cancelled"


def test_retry_lets_it_run_again(house: House) -> None:
    payload, job = start_work(house)
    jobd("cancel", str(job), "--db", house.db)
    done = jobd("retry", "--video", payload["videoId"], "--status", "cancelled", "--yes",
                "--db", house.db)  # fmt: skip
    assert (done.returncode, done.stdout) == (
        0,
        f"job {job}: queued again (it had been cancelled)\n",
    )
    house.until_status(job, "completed")
    assert house.job(job, "round") == 2


def test_a_job_that_ran_under_a_dead_daemon_can_be_cancelled(house: House) -> None:
    payload, job = start_work(house)
    house.daemons[-1].kill()
    house.daemons[-1].wait()
    done = jobd("cancel", str(job), "--db", house.db)
    assert done.returncode == 0
    assert "no daemon runs: nothing of them runs any more" in done.stdout
    house.work_off()
    assert house.job(job, "status") == "cancelled"
    assert crop_status(payload)[:2] == ("error", "Cancelled")


def test_a_pause_outlives_the_daemon_and_a_resume_is_noticed_at_once(house: House) -> None:
    jobd("init", "--db", house.db)
    assert jobd("pause", "full_frames", "--db", house.db).returncode == 0
    job = house.insert("full_frames", house.video())
    for _ in range(2):
        daemon = house.ready(*DEAF)
        other = house.insert("crop_frames", house.video(f"v{daemon.pid}") | WORK)
        house.until_status(other, "completed")  # it works, and not at what is paused
        assert house.job(job, "status", "attempts") == ("queued", 0)
        daemon.terminate()
        assert daemon.wait(PATIENCE_S) == 0
    house.ready(*DEAF)
    begun_s = time.monotonic()
    said = jobd("resume", "--db", house.db).stdout
    assert "full_frames: resumed; 1 waits and may start now\n" in said
    house.until_status(job, "completed")
    # Not a measurement: without the wake-up it would be a minute.
    assert time.monotonic() - begun_s < 45


def test_what_runs_goes_on_when_its_kind_is_paused(house: House) -> None:
    _, job = start_work(house)
    said = jobd("pause", "crop_frames", "--db", house.db).stdout
    assert said.startswith("crop_frames: paused; 1 job that runs goes on; 0 wait until")
    house.until_status(job, "completed")


MANY = (
    "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3000)"
    " INSERT INTO jobs (kind, payload) SELECT 'full_frames', json_object('videoId', 'v',"
    " 'videoPath', '/v', 'dbPath', '/' || n) FROM c"
)


def together(house: House, *commands: Sequence[str]) -> list[str]:
    """Commands that run at the same time; what each says."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "jobd", *command, "--db", str(house.db)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    return [process.communicate(timeout=PATIENCE_S)[0] for process in processes]


def done_by(said: str, word: str) -> int:
    """How many jobs one of them did."""
    found = re.search(rf"^([\d,]+) {word}", said, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else 0


def test_two_at_once_do_everything_once(house: House) -> None:
    jobd("init", "--db", house.db)
    house.sql(MANY)
    cancel = ("cancel", "--status", "queued", "--yes")
    both = together(house, cancel, cancel)
    assert sum(done_by(said, "cancelled") for said in both) == 3000
    assert house.sql("SELECT status, count(*) FROM jobs GROUP BY 1") == [("cancelled", 3000)]
    assert house.sql("SELECT count(*), count(DISTINCT job_id) FROM cancellations") == [(3000, 3000)]
    retry = ("retry", "--status", "cancelled", "--yes")
    both = together(house, retry, retry)
    assert sum(done_by(said, "queued again") for said in both) == 3000
    assert house.sql("SELECT status, round, count(*) FROM jobs GROUP BY 1, 2") == [
        ("queued", 2, 3000)
    ]


APP = """
import select, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=1)
print("ready", flush=True)
times = 0
while not select.select([sys.stdin], [], [], 0.002)[0]:
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO jobs (kind, payload, run_at) VALUES ('crop_frames', json_object("
               "'videoId', 'app', 'videoPath', '/v', 'dbPath', '/app/' || ?, 'cropBounds',"
               " json('{}')), 4102444800000)", (times,))
    db.execute("COMMIT")
    times += 1
print(times)
"""


def test_an_app_beside_thousands_of_changes_is_never_refused(house: House) -> None:
    """Its busy timeout is a fifth of the usual one."""
    jobd("init", "--db", house.db)
    house.sql(MANY)
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", APP, str(house.db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as app:
        assert app.stdout is not None
        assert app.stdout.readline() == "ready\n"
        assert "3,000 cancelled" in jobd("cancel", "--kind", "full_frames", "--yes", "--db",
                                         house.db).stdout  # fmt: skip
        assert "3,000 queued again" in jobd("retry", "--status", "cancelled", "--yes", "--db",
                                            house.db).stdout  # fmt: skip
        out, _ = app.communicate(input="stop")
        assert app.returncode == 0
    assert house.sql("SELECT count(*) FROM jobs WHERE kind = 'crop_frames'") == [(int(out),)]
    assert int(out) > 10


def test_prune_beside_a_daemon_at_work(house: House) -> None:
    jobd("init", "--db", house.db)
    house.ready()
    ended = house.insert("full_frames", house.video("v2"))
    house.until_status(ended, "completed")
    payload, job = add_work(house)
    done = jobd("prune", str(ended), str(job), "--yes", "--db", house.db)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        f"job {ended}: deleted",
        f"job {job}: runs: only what has ended is deleted; cancel it first",
    ]
    house.until_status(job, "completed")
    done = jobd("prune", "--completed-before", "0s", "--db", house.db)
    assert (done.returncode, done.stdout) == (0, "1 job deleted; the file is 0.0 MB smaller\n")
    assert house.sql("SELECT count(*) FROM job_attempts") == [(0,)]
    assert crop_status(payload)[0] == "complete"  # its frames are its video's


def test_a_probe_of_a_living_daemon(house: House) -> None:
    start_work(house)
    probe = ("inspect", "--check", "--daemon", "--max-age", "300", "--max-failed", "0")
    done = jobd(*probe, "--db", house.db)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    house.daemons[-1].kill()
    house.daemons[-1].wait()
    done = jobd(*probe, "--db", house.db)
    assert (done.returncode, done.stdout.split(" (")[0]) == (3, "not ok: no daemon runs")

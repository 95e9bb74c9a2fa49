"""`inspect logs` as a person types it, and as a program reads it."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from jobd.clock import SystemClock
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.said import Said
from jobd.queue.settle import settle
from jobd.report import show_logs as module
from jobd.report.log_screen import log_text
from jobd.report.logs import Lines, LogLine
from jobd.report.show_logs import Printer, follow_logs, show_logs
from tests.support.house import House, jobd, until
from tests.support.queuefile import COMPLETED, NOW_MS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.queue.lease import Lease
    from tests.support.desk import Desk

AT = "2026-03-01T08:30:00.000Z"


def logs(*arguments: str | Path | int) -> subprocess.CompletedProcess[str]:
    return jobd("inspect", "logs", *map(str, arguments))


def say(desk: Desk, lease: Lease, message: str, level: str = "info") -> None:
    said = Said(lease.attempt_id)
    said.add(desk.clock.at_ms, level, message)
    said.write(desk.queue)


@pytest.fixture
def tried(desk: Desk) -> Desk:
    """Job 1 has had two attempts, each with a line of its own, and has completed."""
    desk.add()
    for what, outcome in (
        (Settlement("queued", error="no"), Outcome.RETRY),
        (COMPLETED, Outcome.COMPLETED),
    ):
        lease = desk.lease()
        say(desk, lease, f"for {outcome}", "debug")
        settle(desk.queue, lease, outcome, what, said=Said(lease.attempt_id))
    return desk


def test_a_log_has_a_line_between_attempts(tried: Desk) -> None:
    done = logs(1, "--db", tried.path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{AT}  debug    for retry",
        f"{AT}  warning  queued again: no",
        "── attempt 2 ──",
        f"{AT}  debug    for completed",
        f"{AT}  info     completed",
    ]


def test_some_of_it_by_attempt_level_and_count(tried: Desk) -> None:
    def shown(*flags: str) -> list[str]:
        lines = logs(1, "--db", tried.path, *flags).stdout.splitlines()
        return [line.split("  ")[-1].strip() for line in lines]

    assert shown("--attempt", "1") == ["for retry", "queued again: no"]
    assert shown("--attempt", "2", "-n", "1") == ["── attempt 2 ──", "completed"]
    assert shown("--level", "info") == ["queued again: no", "── attempt 2 ──", "completed"]
    assert shown("--level", "warning") == ["queued again: no"]
    assert shown("-n", "0") == []


def test_json_lines(tried: Desk) -> None:
    lines = logs(1, "--db", tried.path, "--json").stdout.splitlines()
    assert json.loads(lines[2]) == {
        "id": 3,
        "job_id": 1,
        "attempt": 2,
        "attempt_id": 2,
        "at": AT,
        "level": "debug",
        "message": "for completed",
    }
    assert [json.loads(line)["attempt"] for line in lines] == [1, 1, 2, 2]


def test_what_could_repaint_a_terminal_is_spelled(desk: Desk) -> None:
    desk.add()
    bad = "a\x1b[2J\n  b\r\u202e"
    desk.sql("INSERT INTO job_logs VALUES (1, 1, ?, CAST(x'ff1b' AS TEXT), ?)", NOW_MS, bad)
    desk.lease()
    first, second = logs(1, "--db", desk.path).stdout.splitlines()
    assert first == f"{AT}  \N{REPLACEMENT CHARACTER}\\x1b    a\\x1b[2J"
    assert second.strip() == "b\\r\\u202e"
    told = json.loads(logs(1, "--db", desk.path, "--json").stdout)
    assert told["message"] == bad


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["7"], 4, "jobd: no job 7 in "),
        (["0"], 4, "jobd: no job 0 in "),
        (["99999999999999999999"], 4, "jobd: no job 99999999999999999999 in "),
        (["1", "--attempt", "9"], 4, "jobd: job 1 has no attempt 9; it has had: 1, 2\n"),
        (["2", "--attempt", "1", "-f"], 4, "jobd: job 2 has no attempt 1; it has had: none yet\n"),
        (["2"], 0, "jobd: nothing was said of job 2\n"),
        (["1", "--level", "error"], 0, "jobd: nothing of that level was said of job 1\n"),
        (["1", "-n", "many"], 2, "'many' is no whole number (see "),
        (["x"], 2, "argument ID: 'x' is no whole number (see "),
    ],
)
def test_what_is_not_there_is_said_in_a_line(
    tried: Desk, arguments: list[str], code: int, said: str
) -> None:
    tried.add()
    done = logs(*arguments, "--db", tried.path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_queue_is_exit_code_5(tmp_path: Path) -> None:
    done = logs(1, "-f", "--db", tmp_path / "none.db")
    assert (done.returncode, done.stdout) == (5, "")


def test_a_look_leaves_no_trace(tried: Desk, tmp_path: Path) -> None:
    tried.queue.db.wal_checkpoint(mode=3)
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(tried.path, folder / "jobs.db")
    assert logs(1, "-f", "--db", folder / "jobs.db").stdout.count("\n") == 5
    assert [path.name for path in folder.iterdir()] == ["jobs.db"]


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
    say(desk, lease, "one")
    with following(desk) as process:
        assert next_line(process) == "info     one"
        say(desk, lease, "two")
        assert next_line(process) == "info     two"
        settle(
            *(desk.queue, lease, Outcome.RETRY, Settlement("queued", error="no")),
            said=Said(lease.attempt_id),
        )
        assert next_line(process) == "warning  queued again: no"
        lease = desk.lease()
        say(desk, lease, "three")
        assert [next_line(process), next_line(process)] == ["── attempt 2 ──", "info     three"]
        settle(*(desk.queue, lease, Outcome.COMPLETED, COMPLETED), said=Said(lease.attempt_id))
        assert process.communicate(timeout=60) == (f"{AT}  info     completed\n", "")
    assert process.returncode == 0


def test_following_from_now_on(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    say(desk, lease, "old")
    with following(desk, "-n", "0", "--json") as process:
        until(lambda: "inotify" in descriptors(process.pid))
        say(desk, lease, "new")
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
        say(desk, lease, "one")
        assert next_line(process) == "info     one"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130


def test_following_a_job_that_is_deleted_ends_with_a_line(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    say(desk, lease, "one")
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
        say(desk, lease, word)
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


def test_a_message_of_several_lines_stands_below_its_first() -> None:
    line = LogLine(1, 1, 1, NOW_MS, "error", "no\n\n  File x")
    indent = " " * (len(AT) + 11)
    assert log_text((line,), 1) == f"{AT}  error    no\n\n{indent}  File x\n"

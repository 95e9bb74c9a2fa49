"""Watching real daemons at work, on a terminal and in a pipe."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.report.redraw import fitting
from tests.support.desk import VIDEO
from tests.support.house import LONG_VIDEO, House, jobd
from tests.support.slowdisk import jobd_slowly, needs_strace
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk

SLOW = {"frameRate": 10}


@pytest.fixture
def job(house: House) -> int:
    """One that takes a while, on a queue with a daemon."""
    house.ready()
    return house.insert("full_frames", house.video("v1", LONG_VIDEO) | SLOW)


@pytest.mark.parametrize("lines", [24, 80])
def test_a_job_is_drawn_over_itself_until_it_has_ended(house: House, job: int, lines: int) -> None:
    with Terminal("inspect", "watch", str(job), "--db", house.db, lines=lines) as terminal:
        terminal.until(lambda text: f"job {job}: full_frames, running" in text)
        assert terminal.ended() == 0
        title, *rest = terminal.everything.splitlines()
        assert f"job {job}: full_frames, completed" in title
        assert not [line for line in rest if "full_frames," in line], "an earlier one stands there"
        assert terminal.written.endswith(b"\x1b[?25h")


def test_the_queue_is_watched_until_ctrl_c_and_its_last_state_stays(house: House, job: int) -> None:
    with Terminal("inspect", "watch", "--db", house.db, columns=100) as terminal:
        terminal.until(lambda text: "1 running" in text)
        house.until_status(job, "completed")
        terminal.until(lambda text: "0 running" in text and "1 completed" in text)
        second = house.insert("full_frames", house.video("v2"))
        terminal.until(lambda text: "2 completed" in text)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.ended() == 130
        assert terminal.text.count("daemon") == 1
        assert any(line.split()[:1] == [str(second)] for line in terminal.lines)
        assert terminal.written.endswith(b"\x1b[?25h")


def test_another_size_of_the_terminal_is_another_screen(house: House, job: int) -> None:
    with Terminal("inspect", "watch", "--db", house.db, columns=100, lines=30) as terminal:
        house.until_status(job, "completed")
        terminal.until(lambda text: "1 completed" in text and "KIND" in text)
        terminal.resize(45, 12)
        terminal.until(lambda text: "AGE  DETAIL" in text and "KIND" not in text)
        assert terminal.lines[0].startswith("queue ")
        terminal.resize(100, 30)
        terminal.until(lambda text: "KIND" in text)
        assert terminal.lines[0].startswith("queue ")
        assert terminal.text.count("daemon") == terminal.text.count("JOB") == 1
        assert terminal.written.count(b"\x1b[2J") == 2


def test_a_size_that_changes_is_a_reason_to_look(tmp_path: Path) -> None:
    """Without it the second look would come in a day."""
    program = (
        "import os, pathlib, signal, sys\n"
        "from jobd.report.changes import look_until\n"
        "from jobd.report.resizes import resizes\n"
        "looks = []\n"
        "def look():\n"
        "    if not looks:\n"
        "        os.kill(os.getpid(), signal.SIGWINCH)\n"
        "    looks.append(None)\n"
        "    return len(looks) == 2\n"
        "with resizes() as resized:\n"
        "    look_until(pathlib.Path(sys.argv[1]), 86_400, look, [resized])\n"
    )
    (tmp_path / "jobs.db-wal").touch()
    command = [sys.executable, "-c", program, str(tmp_path / "jobs.db")]
    assert subprocess.run(command, check=False, timeout=60).returncode == 0


def test_a_terminal_that_cannot_be_drawn_over_gets_lines(house: House, job: int) -> None:
    with Terminal(
        "inspect", "watch", str(job), "--db", house.db, environ={"TERM": "dumb"}
    ) as terminal:
        assert terminal.ended() == 0
        assert b"\x1b" not in terminal.written
        lines = terminal.text.splitlines()
        assert all(f" job {job} full_frames " in line for line in lines)
        assert lines[-1].endswith(" completed")


def test_a_video_is_watched_by_the_first_characters_of_its_id(desk: Desk) -> None:
    desk.add()
    desk.add(payload={"videoId": "another", "dbPath": "/d"})
    with Terminal("inspect", "watch", "--video", VIDEO[:7], "--db", desk.path) as terminal:
        terminal.until(lambda text: "full_frames" in text and "JOB" in text)
        assert VIDEO[:7] in terminal.text
        assert "another" not in terminal.text
    none = jobd("inspect", "watch", "--video", "nobody", "--db", desk.path)
    assert (none.returncode, none.stdout) == (4, "")
    assert none.stderr == f"jobd: no job of a video 'nobody' in {desk.path}\n"


def test_a_restart_of_the_daemon_is_seen_and_not_the_end(house: House) -> None:
    first = house.ready()
    with Terminal("inspect", "watch", "--db", house.db) as terminal:
        terminal.until(lambda text: f"pid {first.pid}" in text and "running" in text)
        first.send_signal(signal.SIGTERM)
        first.wait()
        terminal.until(lambda text: "not running" in text)
        second = house.ready()
        terminal.until(lambda text: f"pid {second.pid}" in text and "not running" not in text)


@pytest.mark.parametrize(("video", "code", "end"), [(True, 0, "completed"), (False, 1, "failed")])
def test_a_pipe_gets_a_line_for_every_change(
    house: House, *, video: bool, code: int, end: str
) -> None:
    house.ready()
    payload = house.video("v1")
    if not video:
        (house.folder / "v1" / "none.mp4").write_text("no video")
        payload |= {"videoPath": str(house.folder / "v1" / "none.mp4")}
    job = house.insert("full_frames", payload)
    done = jobd("inspect", "watch", str(job), "--exit-status", "--db", house.db)
    assert (done.returncode, done.stderr) == (code, "")
    lines = done.stdout.splitlines()
    assert all(f" job {job} full_frames " in line for line in lines)
    assert f"full_frames {end}" in lines[-1]
    assert "\x1b" not in done.stdout


def test_without_exit_status_a_failure_is_no_failure_of_the_watch(house: House) -> None:
    house.ready()
    (house.folder / "none.mp4").write_text("no video")
    payload = house.video("v1") | {"videoPath": str(house.folder / "none.mp4")}
    job = house.insert("full_frames", payload)
    house.until_status(job, "failed")
    assert jobd("inspect", "watch", str(job), "--db", house.db).returncode == 0
    assert jobd("inspect", "watch", str(job), "--db", house.db, "--exit-status").returncode == 1


def test_a_deleted_job_ends_the_watch(house: House, job: int) -> None:
    command = [sys.executable, "-m", "jobd", "inspect", "watch", str(job), "--db", str(house.db)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        assert f"job {job}" in watching.stdout.readline()
        house.sql("DELETE FROM jobs WHERE id = ?", job)
        _, said = watching.communicate(timeout=30)
    assert (watching.returncode, said) == (4, f"jobd: no job {job} in {house.db}\n")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["1", "--kind", "full_frames"], 2, "an ID is one job: leave the filters out"),
        (["--exit-status"], 2, "--exit-status is about one job: name its ID"),
        (["7"], 4, "no job 7"),
        (["--kind", "fly"], 2, "no kind 'fly' here"),
    ],
)
def test_what_cannot_be_watched_is_said(
    tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    db = tmp_path / "jobs.db"
    jobd("init", "--db", db)
    done = jobd("inspect", "watch", *arguments, "--db", db)
    assert done.returncode == code
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_queue_is_said_at_once(tmp_path: Path) -> None:
    done = jobd("inspect", "watch", "--db", tmp_path / "none.db")
    assert done.returncode == 5
    assert "no queue at" in done.stderr


@pytest.mark.parametrize(
    ("lines", "height", "kept"),
    [
        ("abcd", None, "abcd"),
        ("abcd", 5, "abcd"),
        ("abcd", 4, "acd"),
        ("abcdefgh", 4, "agh"),
        ("abc", 2, "ac"),
        ("", 4, ""),
    ],
)
def test_a_screen_that_is_too_high_keeps_its_first_line_and_its_last(
    lines: str, height: int | None, kept: str
) -> None:
    text = "".join(f"{line}\n" for line in lines)
    assert fitting(text, height) == "".join(f"{line}\n" for line in kept)


@needs_strace
def test_a_change_that_a_slow_disk_holds_up_is_seen(house: House, job: int) -> None:
    """The event comes with the write, the commit half a second later; no daemon writes besides."""
    house.daemons[-1].kill()
    house.daemons[-1].wait()
    command = [sys.executable, "-m", "jobd", "inspect", "watch", "--db", str(house.db)]
    with (
        closing(sqlite3.connect(house.db)) as other,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching,
    ):
        other.execute("SELECT count(*) FROM jobs").fetchall()  # the last to close writes once more
        assert watching.stdout is not None
        assert f"job {job} " in watching.stdout.readline()
        jobd_slowly(500, "cancel", str(job), "--db", house.db)
        committed_s = time.monotonic()
        while "cancelled" not in watching.stdout.readline():
            pass
        took_s = time.monotonic() - committed_s
        watching.kill()
    # Not a measurement: without a second look it would be the ten seconds of a redraw.
    assert took_s < 5

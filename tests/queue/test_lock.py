from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError, QueueHeld
from jobd.queue.lock import DaemonLock, Trouble, holder, lock_path, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = """
import sys
from pathlib import Path
from jobd.queue.lock import DaemonLock
with DaemonLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_daemon(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.communicate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


def test_a_second_daemon_is_refused_and_told_who_holds_it(path: Path) -> None:
    with another_daemon(path) as other:
        with pytest.raises(QueueHeld, match=rf"held by another daemon, pid {other.pid}$"):
            DaemonLock(path).acquire()
        assert holder(path) == other.pid
    assert holder(path) is None
    with DaemonLock(path):
        assert holder(path) == os.getpid()


def test_a_link_is_the_same_queue(path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    with another_daemon(path), pytest.raises(QueueHeld):
        DaemonLock(link).acquire()


def test_a_killed_daemon_holds_nothing(path: Path) -> None:
    with another_daemon(path) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert holder(path) is None
        with DaemonLock(path):
            assert holder(path) == os.getpid()


def test_the_lock_is_free_again_after_an_error(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), DaemonLock(path):
        raise ZeroDivisionError
    with DaemonLock(path):
        pass


def test_nobody_holds_what_was_never_served(path: Path) -> None:
    assert holder(path) is None
    assert not lock_path(path).exists()


def test_a_shorter_pid_leaves_no_digit_of_a_longer_one(path: Path) -> None:
    lock_path(path).write_text("99999999999\n")
    with DaemonLock(path):
        assert holder(path) == os.getpid()


def test_a_folder_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(QueueError, match="cannot lock"):
        DaemonLock(path.parent / "missing" / "jobs.db").acquire()


@pytest.mark.parametrize("reason", ["the disk is full", "two\nlines", "字" * 2000])
def test_what_the_daemon_says_of_its_trouble_is_read(path: Path, reason: str) -> None:
    with DaemonLock(path) as lock:
        assert trouble(path) is None
        blocks = lock_path(path).stat().st_blocks
        lock.say(Trouble(reason, 1_772_353_800_000))
        told = trouble(path)
        assert told is not None
        assert told.since_ms == 1_772_353_800_000
        assert reason.replace("\n", " ").startswith(told.reason.rstrip("\ufffd"))
        assert len(told.reason) > 8
        assert holder(path) in {None, os.getpid()}
        assert lock_path(path).stat().st_blocks == blocks
        lock.say(None)
        assert trouble(path) is None


@pytest.mark.parametrize("text", ["", "4711\n", "4711\nsoon\nwhy\n", "4711\n²\nwhy\n", "\xff\n"])
def test_a_lock_that_says_nothing_of_it_is_read_so(path: Path, text: str) -> None:
    lock_path(path).write_text(text)
    assert trouble(path) is None


def test_a_new_daemon_does_not_repeat_the_trouble_of_a_dead_one(path: Path) -> None:
    with DaemonLock(path) as lock:
        lock.say(Trouble("the disk is full", 1))
    with DaemonLock(path):
        assert trouble(path) is None

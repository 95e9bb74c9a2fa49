"""What is said to the manager and the journal, word by word, over real sockets."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from jobd.systemd.journal import JournalHandler, encode
from jobd.systemd.notify import Manager

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.house import House

STUCK = b"WATCHDOG=1\nSTATUS=0 running, 1 queued; "


@contextmanager
def hearing(place: str) -> Iterator[socket.socket]:
    """A manager's ear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(place.replace("@", "\0", 1))
        ear.settimeout(60)
        yield ear


@pytest.mark.parametrize("place", ["{}/notify", "@jobd-test-{}"])
def test_words_arrive_in_one_datagram(tmp_path: Path, place: str) -> None:
    place = place.format(tmp_path if place.startswith("{") else os.getpid())
    environ = {"NOTIFY_SOCKET": place, "HOME": "/x"}
    manager = Manager.from_environ(environ)
    assert environ == {"HOME": "/x"}
    with hearing(place) as ear:
        manager.tell(READY=1, STATUS="two\nlines\tof it")
        assert ear.recv(1000) == b"READY=1\nSTATUS=two lines of it"


def test_a_manager_that_went_away_or_never_was_is_no_trouble(tmp_path: Path) -> None:
    Manager().tell(READY=1)
    Manager(str(tmp_path / "gone")).tell(READY=1)


@pytest.mark.parametrize(
    ("pid", "usec", "watchdog_s"),
    [("", "3000000", 3.0), ("ours", "500000", 0.5), ("1", "3000000", None),
     ("", "", None), ("", "soon", None)],
)  # fmt: skip
def test_a_watchdog_is_ours_or_another_process_s(
    pid: str, usec: str, watchdog_s: float | None
) -> None:
    pid = pid.replace("ours", str(os.getpid()))
    environ = {"NOTIFY_SOCKET": "/x", "WATCHDOG_PID": pid, "WATCHDOG_USEC": usec}
    assert Manager.from_environ(environ).watchdog_s == watchdog_s


def test_a_daemon_says_what_it_does_in_this_order(house: House) -> None:
    place = str(house.folder / "notify")
    house.environ = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "400000"}
    with hearing(place) as ear:
        daemon = house.ready()
        assert ear.recv(1000) == b"READY=1"
        for _ in range(3):
            assert ear.recv(1000) == b"WATCHDOG=1\nSTATUS=0 running, 0 queued"
        daemon.send_signal(signal.SIGHUP)
        heard = [ear.recv(1000)]
        while heard[-1] != b"READY=1":
            heard.append(ear.recv(1000))
        assert heard[-2].startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        daemon.send_signal(signal.SIGTERM)
        while heard[-1] != b"STOPPING=1":
            heard.append(ear.recv(1000))
        assert daemon.wait(60) == 0


@contextmanager
def with_a_held_queue(house: House, *flags: str) -> Iterator[socket.socket]:
    """The manager of a daemon that has a job to lease, and cannot."""
    place = str(house.folder / "notify")
    house.environ = {"NOTIFY_SOCKET": place}
    with hearing(place) as ear:
        daemon = house.ready(*flags)
        while not ear.recv(1000).startswith(b"WATCHDOG"):
            pass
        daemon.send_signal(signal.SIGSTOP)  # it waits, and holds no lock
        house.insert("full_frames", house.video())
        with closing(sqlite3.connect(house.db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            daemon.send_signal(signal.SIGCONT)
            yield ear


def test_a_daemon_whose_queue_is_held_says_why(house: House) -> None:
    with with_a_held_queue(house) as ear:
        while not (heard := ear.recv(1000)).startswith(STUCK):
            pass
        assert str(house.db).encode() in heard


@pytest.mark.long
def test_a_stuck_loop_feeds_its_watchdog_however_long_its_polls(house: House) -> None:
    with with_a_held_queue(house, "--poll-ms", "60000") as ear:
        ear.settimeout(30)
        words = [ear.recv(1000) for _ in range(4)]
        assert [word.startswith(STUCK) for word in words[-3:]] == [True] * 3


def record(message: str, *arguments: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("jobd", level, "x.py", 1, message, arguments, None)


def test_a_record_in_the_journals_own_words() -> None:
    one = record("job %d", 7)
    one.fields = {"JOBD_JOB_ID": 7, "JOBD_KIND": "a\nb"}
    assert encode(one) == (
        b"MESSAGE=job 7\nPRIORITY=6\nSYSLOG_IDENTIFIER=jobd\nJOBD_JOB_ID=7\n"
        b"JOBD_KIND\n\x03\0\0\0\0\0\0\0a\nb\n"
    )


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.CRITICAL, 3)],
)
def test_levels_are_those_of_syslog(level: int, priority: int) -> None:
    assert b"\nPRIORITY=%d\n" % priority in encode(record("x", level=level))


def test_what_the_journal_does_not_take_is_a_plain_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "journal"
    JournalHandler(place).emit(record("nobody there"))
    with hearing(str(place)):
        JournalHandler(place).emit(record("x" * 10_000_000))
    lines = capfd.readouterr().err.splitlines()
    assert (lines[0], len(lines[1])) == ("nobody there", 10_000_000)

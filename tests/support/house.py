"""A whole house for end-to-end tests: a folder, a queue, videos, and a real daemon process.

The test plays the app: it touches the queue and the videos with Python's own sqlite3, in
a process where jobd's SQLite never opens them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.appdb import make_video_db
from tests.support.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Callable

MEDIA = Path(__file__).parents[1] / "media"
SMALL_VIDEO = MEDIA / "ocean_h264.mp4"
LONG_VIDEO = MEDIA / "demo_60s_h264.mkv"
PATIENCE_S = 60.0
_QUICK = ("--backoff-s", "0.1", "--poll-ms", "200")


def jobd(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one jobd command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "jobd", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        **options,
    )


@dataclass
class House:
    """One queue and its surroundings.

    Attributes:
        folder: Where all of it lies.
        daemons: All that were started.
        environ: Variables for the daemons, besides the test's own.
    """

    folder: Path
    daemons: list[subprocess.Popen[str]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Path:
        """The queue file."""
        return self.folder / "jobs.db"

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement on the queue, as the app would run it."""
        return run_sql(self.db, statement, *values)

    def video(self, name: str = "v1", source: Path = SMALL_VIDEO, **how: Any) -> dict[str, str]:
        """Put a video and its database into a folder of its own; the payload's first keys."""
        folder = self.folder / name
        folder.mkdir()
        path = folder / f"video{source.suffix}"
        shutil.copyfile(source, path)
        database = make_video_db(folder / "annotations.db", **how)
        return {"videoId": name, "videoPath": str(path), "dbPath": str(database)}

    def insert(self, kind: str, payload: dict[str, Any], **columns: Any) -> int:
        """Queue a job by plain SQL."""
        values = {"kind": kind, "payload": json.dumps(payload), **columns}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        rows = self.sql(
            f"INSERT INTO jobs ({names}) VALUES ({marks}) RETURNING id", *values.values()
        )
        return int(rows[0][0])

    def job(self, job_id: int, *columns: str) -> Any:
        """One column of a job, or a tuple of several."""
        row = self.sql(f"SELECT {', '.join(columns)} FROM jobs WHERE id = ?", job_id)[0]
        return row[0] if len(columns) == 1 else row

    def start(self, *flags: str) -> subprocess.Popen[str]:
        """Start a daemon; retries follow at once unless the flags say otherwise."""
        with (self.folder / "daemon.log").open("a") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "jobd", "serve", "--db", str(self.db), *_QUICK, *flags],
                stdin=subprocess.DEVNULL,  # a terminal would change what SIGHUP means
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
                # A daemon that is killed leaves its forkserver's socket there.
                env=os.environ | {"TMPDIR": str(scratch())} | self.environ,
            )
        self.daemons.append(daemon)
        return daemon

    def ready(self, *flags: str) -> subprocess.Popen[str]:
        """Start a daemon and wait until it says that it is ready."""
        said = self.log().count(" ready on ")
        daemon = self.start(*flags)
        until(lambda: self.log().count(" ready on ") > said, self.log)
        return daemon

    def work_off(self, *flags: str) -> str:
        """Run a daemon until nothing is left to do; its log."""
        assert self.start("--exit-when-idle", *flags).wait(PATIENCE_S) == 0, self.log()
        return self.log()

    def log(self) -> str:
        """What the daemons have said."""
        path = self.folder / "daemon.log"
        return path.read_text() if path.exists() else ""

    def until_status(self, job_id: int, status: str) -> None:
        """Wait until a job has a status."""

        def why() -> str:
            return f"job {job_id} is {self.job(job_id, 'status')}, not {status}\n{self.log()}"

        until(lambda: self.job(job_id, "status") == status, why)

    def children(self, daemon: subprocess.Popen[str]) -> list[int]:
        """The pids of all processes below a daemon."""
        return descendants(daemon.pid)

    def close(self) -> None:
        """End every daemon that still runs."""
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.send_signal(signal.SIGKILL)
            daemon.wait(PATIENCE_S)


def run_sql(path: str | Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """One statement by Python's own sqlite3, committed."""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        return db.execute(statement, values).fetchall()


def until(condition: Callable[[], bool], context: Callable[[], str] = str) -> None:
    """Wait for a condition, with patience."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, f"waited in vain\n{context()}"
        time.sleep(0.01)


def descendants(pid: int) -> list[int]:
    """All processes below one, from /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False

"""A real daemon on a queue of its own, fed as an app feeds it, and what it costs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._run import ROOT
from tests.support.appdb import make_video_db
from tests.support.house import descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_LOOK_S = 0.02


class Daemon:
    """One that runs.

    Attributes:
        db: Its queue.
        pid: Its process.
    """

    def __init__(self, folder: Path, pid: int) -> None:
        self.db = folder / "jobs.db"
        self._folder = folder
        self.pid = pid
        self._videos = 0

    def run(
        self,
        kind: str,
        video: Path,
        *,
        look: Callable[[Path], None] = lambda _: None,
        **payload: Any,
    ) -> dict[str, Any]:
        """One job, from its INSERT to its end, on a video's new database.

        Args:
            kind: Of the job.
            video: Its file.
            look: Called with the database before it is removed.
            payload: Keys besides the names.

        Returns:
            The job's and its attempt's times (Unix milliseconds), and the attempt's CPU.
        """
        self._videos += 1
        database = make_video_db(self._folder / str(self._videos) / "annotations.db")
        names = {"videoId": str(self._videos), "videoPath": str(video), "dbPath": str(database)}
        job_id = self._insert(kind, names | payload)
        while not (ended := self._ended(job_id)):
            time.sleep(_LOOK_S)
        if ended["status"] != "completed":
            raise RuntimeError(f"the job has {ended['status']}: {ended['error']}")
        look(database)
        database.unlink()
        return ended

    def _insert(self, kind: str, payload: dict[str, Any]) -> int:
        with closing(sqlite3.connect(self.db, timeout=10)) as db, db:
            [[job_id]] = db.execute(
                "INSERT INTO jobs (kind, payload) VALUES (?, ?) RETURNING id",
                (kind, json.dumps(payload)),
            ).fetchall()
        return int(job_id)

    def _ended(self, job_id: int) -> dict[str, Any]:
        with closing(sqlite3.connect(self.db, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            row = db.execute(
                "SELECT j.status, a.error, j.created_at, a.started_at, j.finished_at, a.cpu_s,"
                " a.peak_rss_bytes, j.result"
                " FROM jobs AS j JOIN job_attempts AS a ON a.job_id = j.id"
                " WHERE j.id = ? AND j.finished_at IS NOT NULL",
                (job_id,),
            ).fetchone()
        return dict(row) if row else {}

    def own_cpu_s(self) -> float:
        """Of the daemon's process alone, exact to the nanosecond."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9

    def cpu_s(self) -> float:
        """User and system time of the daemon and all its children, ended ones included."""
        return sum(map(_cpu_s, [self.pid, *descendants(self.pid)]))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[11:15])) / _TICKS_PER_S


def _beats(db: Path, pid: int) -> bool:
    """Whether the daemon has described itself: it takes jobs then."""
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", timeout=10, uri=True)) as queue:
            return (pid,) in queue.execute("SELECT pid FROM daemon").fetchall()
    except sqlite3.OperationalError:  # not made yet
        return False


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[Daemon]:
    """Start a daemon without OCR (unless the flags say else), and end it afterwards."""
    command = [sys.executable, "-m", "jobd", "serve", "--db", str(folder / "jobs.db")]
    command += ["--ocr-engine", "none", *flags]
    log = folder / "daemon.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stderr=out)
    try:
        while not _beats(folder / "jobs.db", process.pid):  # one told to be silent says nothing
            if process.poll() is not None:
                raise RuntimeError(f"the daemon did not start: {log.read_text()}")
            time.sleep(_LOOK_S)
        yield Daemon(folder, process.pid)
    finally:
        process.terminate()
        process.wait()

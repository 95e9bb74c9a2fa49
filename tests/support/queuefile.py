"""A real queue file, and a writer that is another program: Python's own SQLite in another process.

Two SQLite libraries on one file in one process would drop each other's locks, so the writer
never runs in the test's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from jobd.queue.kinds import Kind
from jobd.queue.lifecycle import Settlement

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue

NOW_MS = 1_772_353_800_000  # 2026-03-01 08:30:00 UTC
LEASE_MS = 60_000
COMPLETED = Settlement("completed", result="{}")
KINDS = (
    Kind("crop_frames", ("videoId", "dbPath"), "{}", priority=100, supersedes_running=True),
    Kind("full_frames", ("videoId", "dbPath"), "{}", yields_slot=True),
)


@dataclass
class HandClock:
    """A clock that a test sets."""

    at_ms: int = NOW_MS

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic_s(self) -> float:
        return self.at_ms / 1000

    def pass_ms(self, ms: int) -> None:
        self.at_ms += ms

    def pass_s(self, seconds: float) -> None:
        self.at_ms += round(seconds * 1000)


def payload(video: str = "v1", **more: object) -> str:
    """A payload that both kinds take; each video has a database of its own."""
    return json.dumps({"videoId": video, "dbPath": f"/videos/{video}/annotations.db", **more})


def rows(queue: Queue, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the queue file something, in the test's own process."""
    return queue.db.execute(sql, values).fetchall()


def insert(queue: Queue, kind: str = "full_frames", video: str = "v1", **columns: Any) -> int:
    """Queue a job from the test's own process."""
    values = {"kind": kind, "payload": payload(video), **columns}
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    sql = f"INSERT INTO jobs ({names}) VALUES ({marks}) RETURNING id"
    return int(rows(queue, sql, *values.values())[0][0])


def job(queue: Queue, job_id: int, *columns: str) -> Any:
    """One column of a job, or a tuple of several."""
    found = rows(queue, f"SELECT {', '.join(columns)} FROM jobs WHERE id = ?", job_id)[0]
    return found[0] if len(columns) == 1 else found


class Refused(Exception):
    """What SQLite told the other program."""


_PROGRAM = """
import json, sqlite3, sys

db = None
for line in sys.stdin:
    path, pragmas, sql, values = json.loads(line)
    try:
        if path:
            db = sqlite3.connect(path, isolation_level=None)
            for pragma in pragmas:
                db.execute("PRAGMA " + pragma)
        rows = db.execute(sql, values).fetchall()
        print(json.dumps({"rows": rows, "changes": db.total_changes}), flush=True)
    except sqlite3.Error as error:
        print(json.dumps({"error": str(error)}), flush=True)
"""


class Writer:
    """Another program that writes to the queue with plain SQL."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def open(self, path: Path, *pragmas: str) -> Self:
        """Connect to a queue; an earlier connection is closed."""
        self._ask(str(path), pragmas, "SELECT 1", ())
        return self

    def run(self, sql: str, *values: Any) -> list[list[Any]]:
        """Run one statement.

        Raises:
            Refused: SQLite refused it; the text is SQLite's own.
        """
        return self._ask(None, (), sql, values)

    def insert(self, kind: str = "full_frames", video: str = "v1", **columns: Any) -> int:
        """Queue a job."""
        values = {"kind": kind, "payload": payload(video), **columns}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        sql = f"INSERT INTO jobs ({names}) VALUES ({marks}) RETURNING id"
        return int(self.run(sql, *values.values())[0][0])

    def job(self, job_id: int, *columns: str) -> Any:
        """One column of a job, or a list of several."""
        found = self.run(f"SELECT {', '.join(columns)} FROM jobs WHERE id = ?", job_id)[0]
        return found[0] if len(columns) == 1 else found

    def close(self) -> None:
        """End the other program."""
        self._process.communicate()

    def _ask(
        self, path: str | None, pragmas: tuple[str, ...], sql: str, values: tuple[Any, ...]
    ) -> list[list[Any]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([path, pragmas, sql, values]), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"])
        result: list[list[Any]] = answer["rows"]
        return result

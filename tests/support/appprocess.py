"""The app as a process of its own: another SQLite, its busy timeout of 5 s, its statements.

    python tests/support/appprocess.py ROLE PATH

It says "ready", goes on until its input is closed, then tells as JSON what it saw.
"""

from __future__ import annotations

import json
import select
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Role = Literal["watch_full", "watch_cropped", "watch_index", "save_captions", "hold", "lock"]

# Both say which runs a reader sees: by the pictures themselves, or by the app's index.
_ROWS = "SELECT count(*), min(width), max(width) FROM {}"
_INDEX = "SELECT count(*), min(crop_bounds_version), max(crop_bounds_version) FROM cropped_frames"
_BUSY_TIMEOUT_S = 5.0


@dataclass(slots=True)
class Told:
    """What the process saw.

    Attributes:
        seen: Every different answer, in the order in which they came.
        times: How many statements it ran.
        longest_s: The longest of them.
        failures: Errors of SQLite.
    """

    seen: list[list[Any]] = field(default_factory=list)
    times: int = 0
    longest_s: float = 0.0
    failures: list[str] = field(default_factory=list)


@contextmanager
def beside(role: Role, path: Path) -> Iterator[Told]:
    """Run the app beside the block; what it saw is known after the block."""
    told = Told()
    process = subprocess.Popen(
        [sys.executable, __file__, role, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield told
        finally:
            answer, _ = process.communicate(timeout=60)
    for name, value in json.loads(answer).items():
        setattr(told, name, value)


def _watch(query: str) -> Callable[[sqlite3.Connection], list[Any]]:
    return lambda db: list(db.execute(query).fetchone())


def _save_caption(db: sqlite3.Connection) -> list[Any]:
    db.execute("INSERT INTO captions (start_frame_index, end_frame_index) VALUES (1, 2)")
    return []


def _loop(path: str, once: Callable[[sqlite3.Connection], list[Any]], *, anew: bool) -> Told:
    told = Told()
    db = _connect(path)
    while not _ended(0.002):
        begun_s = time.monotonic()
        try:
            if anew:
                db.close()
                db = _connect(path)
            answer = once(db)
        except sqlite3.Error as error:
            told.failures.append(str(error))
        else:
            if told.seen[-1:] != [answer]:
                told.seen.append(answer)
        told.times += 1
        told.longest_s = max(told.longest_s, time.monotonic() - begun_s)
    db.close()
    return told


def _hold(path: str, statement: str) -> Told:
    """Keep a lock until the end."""
    with closing(_connect(path)) as db:
        db.execute(statement)
        db.execute("SELECT count(*) FROM captions").fetchone()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while not _ended(1):
            pass
        return Told()


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)


def _ended(wait_s: float) -> bool:
    return bool(select.select([sys.stdin], [], [], wait_s)[0])


def _run(role: str, path: str) -> Told:
    if role in {"hold", "lock"}:
        return _hold(path, "BEGIN" if role == "hold" else "BEGIN IMMEDIATE")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    match role:
        case "watch_full":
            return _loop(path, _watch(_ROWS.format("full_frames")), anew=False)
        case "watch_cropped":
            return _loop(path, _watch(_ROWS.format("cropped_frames")), anew=True)
        case "watch_index":
            return _loop(path, _watch(_INDEX), anew=False)
        case _:
            return _loop(path, _save_caption, anew=True)


if __name__ == "__main__":
    told = _run(sys.argv[1], sys.argv[2])
    names = ("seen", "times", "longest_s", "failures")
    sys.stdout.write(json.dumps({name: getattr(told, name) for name in names}))

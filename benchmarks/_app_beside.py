"""The app beside a job: requests as it makes them, and how long each one waited."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Event
    from pathlib import Path

Wait = tuple[float, float, float]  # when it began, how long, how long of it locked; seconds
BUSY_DELAYS_S = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1)
EVERY_S = {"read_once": 0.01, "write_once": 0.05}


def patient(db: sqlite3.Connection, sql: str) -> float:
    """Run a query as SQLite's busy handler would let it; how long it found the lock taken."""
    begun_s = time.monotonic()
    for tries in range(60):
        tried_s = time.monotonic()
        try:
            db.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(BUSY_DELAYS_S[min(tries, len(BUSY_DELAYS_S) - 1)])
        else:
            return tried_s - begun_s
    raise TimeoutError("database is locked")


def read_once(path: Path) -> float:
    """One picture, the count, and the status, as the annotation page asks."""
    queries = (
        "SELECT image_data FROM cropped_frames WHERE frame_index = 77",
        "SELECT count(*) FROM cropped_frames",
        "SELECT * FROM crop_frames_status WHERE id = 1",
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0)) as db:
        return max(patient(db, query) for query in queries)


def write_once(path: Path) -> float:
    """One caption saved; only the job can make BEGIN IMMEDIATE wait."""
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as db:
        begun_s = time.monotonic()
        db.execute("BEGIN IMMEDIATE")
        locked_s = time.monotonic() - begun_s
        db.execute("INSERT INTO captions (start_frame_index, end_frame_index) VALUES (1, 2)")
        db.execute("COMMIT")
        return locked_s


def app(once: Callable[[Path], float], path: Path, stop: Event, answers: Any) -> None:
    """Do one thing over and over, and say how long each took."""
    waits: list[Wait] = []
    failures: list[str] = []
    while not stop.is_set():
        begun_s = time.monotonic()
        try:
            locked_s = once(path)
        except (sqlite3.Error, TimeoutError) as error:
            failures.append(str(error))
        else:
            waits.append((begun_s, time.monotonic() - begun_s, locked_s))
        time.sleep(EVERY_S[once.__name__])
    answers.put((path, once.__name__, waits, failures))

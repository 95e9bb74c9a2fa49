"""How long the app waits beside a job that stages and publishes 120,000 pictures.

Separate processes, with the app's habits: a connection for each request, a busy timeout of
5 s, statements of their own. Waits are told apart by what the job did at that time. `locked`
is the wait for a lock; the whole request also holds what the disk takes to read cold pages
and, for the writer's commit in DELETE mode, the wait for the app's own reader. `alone` is
the same pair of processes at the same time on a database without a job: the machine's noise.

    python benchmarks/publish.py [--frames N] [--bytes N] [--folder FOLDER] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)  # not this folder: its names hide the library's

from benchmarks._app_beside import Wait, app, read_once, write_once  # noqa: E402
from jobd.videodb import fence  # noqa: E402
from jobd.videodb.database import open_video_db  # noqa: E402
from jobd.videodb.fence import Target, Work  # noqa: E402
from jobd.videodb.pace import Pace  # noqa: E402
from jobd.videodb.publish import publish  # noqa: E402
from jobd.videodb.stage import Crop, Image, Stage  # noqa: E402
from jobd.videodb.status import CropFramesStatus  # noqa: E402
from tests.support.appdb import make_video_db  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SPAWN = multiprocessing.get_context("spawn")
WORK = Work("benchmark", attempt_id=1, job_id=1, round=1)


def fill(path: Path, frames: int, size: int) -> None:
    """The pictures of an earlier run."""
    with closing(sqlite3.connect(path)) as db:
        for first in range(0, frames, 2000):
            rows = ((k, os.urandom(size), size) for k in range(first, min(frames, first + 2000)))
            with db:
                db.executemany(
                    "INSERT INTO cropped_frames VALUES (?, ?, 1080, 100, ?, 0, 0, 1080, 100, 1,"
                    " datetime('now'))",
                    rows,
                )


class WatchedPace(Pace):
    """Remembers the longest step."""

    longest_s = 0.0

    @contextmanager
    def step(self) -> Iterator[None]:
        """One step, timed from within: the pause before it is none of its time."""
        with super().step():
            begun_s = time.monotonic()
            yield
        self.longest_s = max(self.longest_s, time.monotonic() - begun_s)


def job(path: Path, frames: int, size: int) -> dict[str, Any]:
    """Stage and publish; when each phase ended, and the largest -wal file."""
    wal = path.with_name(f"{path.name}-wal")
    largest = 0
    ends: dict[str, float] = {}

    def look(phase: str) -> None:
        nonlocal largest
        ends[phase] = time.monotonic()
        largest = max(largest, wal.stat().st_size if wal.exists() else 0)

    with open_video_db(path) as video:
        video.prepare()
        fence.take(video, Target.CROPPED_FRAMES, WORK)
        stage = Stage(video, Target.CROPPED_FRAMES, WORK, Crop(0, 0, 1080, 100, 2))
        stage.pace = pace = WatchedPace()
        status = CropFramesStatus(video)
        picture = os.urandom(size)
        for k in range(frames):
            stage.add(Image(k, picture, 1080, 100))
            if k % 100 == 0:
                look("stage")

        def finish() -> None:
            status.complete()
            look("publish")

        publish(stage, finish, lambda: look("delete"))
    look("close")
    return {"ends": ends, "largest_wal_bytes": largest, "longest_step_s": pace.longest_s}


def summary(waits: list[Wait], begun_s: float, ends: dict[str, float]) -> dict[str, Any]:
    """The longest wait in ms while the job was in each phase, and overall."""
    # A wait around the swap begins before the status is written and ends after the commit.
    spans = {
        "before": (0.0, begun_s),
        "stage": (begun_s, ends["stage"]),
        "publish": (ends["stage"], ends["publish"] + 0.05),
        "delete": (ends["publish"] + 0.05, ends["close"]),
    }
    figures: dict[str, Any] = {"statements": len(waits)}
    for phase, (start_s, end_s) in spans.items():
        within = [wait for wait in waits if wait[0] < end_s and wait[0] + wait[1] >= start_s]
        figures[phase] = {
            "locked": spread([locked_s for _, _, locked_s in within]),
            "whole": spread([took_s for _, took_s, _ in within]),
        }
    return figures


def spread(seconds: list[float]) -> dict[str, float]:
    """Milliseconds: the longest, and what 99 of 100 stay under."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    p99 = ordered[int(len(ordered) * 0.99)]
    return {"longest_ms": round(ordered[-1] * 1000, 1), "p99_ms": round(p99 * 1000, 1)}


def prepare(path: Path, journal: str, frames: int, size: int) -> None:
    """A database of the app with the pictures of an earlier run."""
    make_video_db(path, "wal" if journal == "wal" else "delete")
    with open_video_db(path) as video:
        video.prepare()
    filler = SPAWN.Process(target=fill, args=(path, frames, size))
    filler.start()
    filler.join()
    os.sync()


def measure(path: Path, journal: str, frames: int, size: int) -> dict[str, Any]:
    """One journal mode."""
    alone = path.with_name("alone.db")
    prepare(path, journal, frames, size)
    prepare(alone, journal, 100, size)
    stop, answers = SPAWN.Event(), SPAWN.Queue()
    pairs = [(once, file) for once in (read_once, write_once) for file in (path, alone)]
    apps = [SPAWN.Process(target=app, args=(*pair, stop, answers)) for pair in pairs]
    for process in apps:
        process.start()
    time.sleep(3)
    begun_s = time.monotonic()
    ran = job(path, frames, size)
    stop.set()
    told = [answers.get() for _ in apps]
    for process in apps:
        process.join()
    return figures_of(ran, begun_s) | {
        f"{name}{' alone' if file == alone else ''}": summary(waits, begun_s, ran["ends"])
        | {"failures": failures}
        for file, name, waits, failures in told
    }


def figures_of(ran: dict[str, Any], begun_s: float) -> dict[str, Any]:
    """The job's own figures."""
    ends = ran["ends"]
    return {
        "stage_s": round(ends["stage"] - begun_s, 1),
        "delete_s": round(ends["close"] - ends["publish"], 1),
        "longest_step_ms": round(ran["longest_step_s"] * 1000, 1),
        "largest_wal_mb": round(ran["largest_wal_bytes"] / 1e6, 1),
    }


def index_anew(path: Path, connection: Any) -> None:
    """What the swap avoids: the write lock held while the app's index is made anew."""
    descriptor = os.open(path, os.O_RDONLY)
    for wanted in ("cold", "warm"):
        if wanted == "cold":
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            begun_s = time.monotonic()
            db.execute("BEGIN IMMEDIATE")
            db.execute("CREATE INDEX anew ON cropped_frames(crop_bounds_version)")
            db.execute("ROLLBACK")
            connection.send((wanted, round((time.monotonic() - begun_s) * 1000, 1)))


def alternative(path: Path) -> dict[str, float]:
    """Milliseconds of CREATE INDEX over the published table, with cold and warm pages."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=index_anew, args=(path, theirs))
    process.start()
    found = dict(ours.recv() for _ in range(2))
    process.join()
    return found


def main() -> None:
    """Run both journal modes and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=120_000)
    parser.add_argument("--bytes", type=int, default=12_000)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/publish.json")
    given = parser.parse_args()
    results: dict[str, Any] = {"frames": given.frames, "bytes": given.bytes}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for journal in ("delete", "wal"):
            path = Path(folder) / journal / "annotations.db"
            results[journal] = measure(path, journal, given.frames, given.bytes)
            results[journal]["create_index_anew_ms"] = alternative(path)
            path.unlink()
            print(journal, json.dumps(results[journal], indent=2))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

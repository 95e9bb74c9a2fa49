"""The app in the lab: another user with another SQLite, who queues jobs and reads their frames.

python -m tests.systemd.app video FOLDER SOURCE        a video and its database; prints a payload
python -m tests.systemd.app sql DB STATEMENT VALUES    prints the rows as JSON
python -m tests.systemd.app hold DB                    keeps the write lock until its input ends
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.appdb import make_video_db

if TYPE_CHECKING:
    from collections.abc import Callable


def _video(folder: str, source: str) -> str:
    place = Path(folder)
    place.mkdir()
    video = place / f"video{Path(source).suffix}"
    shutil.copyfile(source, video)
    database = make_video_db(place / "annotations.db")
    for path in (video, database):
        path.chmod(0o660)
    return json.dumps({"videoId": place.name, "videoPath": str(video), "dbPath": str(database)})


def _sql(path: str, statement: str, values: str) -> str:
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        return json.dumps(db.execute(statement, json.loads(values)).fetchall())


def _hold(path: str) -> str:
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        sys.stdout.write("held\n")
        sys.stdout.flush()
        sys.stdin.read()
    return ""


if __name__ == "__main__":
    os.umask(0o007)
    does: dict[str, Callable[..., str]] = {"video": _video, "sql": _sql, "hold": _hold}
    sys.stdout.write(does[sys.argv[1]](*sys.argv[2:]))

"""The demo, the client and adopt call one video by one key: each replaces what another queued."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.appdb import add_layout_config, run_sql
from tests.support.house import House, jobd

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[2]
STATEMENTS = (PROJECT / "demo" / "enqueue.sql").read_text(encoding="utf-8").split("\n\n")
BOUNDS = {"left": 0, "top": 0, "right": 64, "bottom": 32}
NUMBER = {"full_frames": 0, "crop_frames": 1}


def _demo(house: House, kind: str, video: dict[str, str]) -> None:
    names = {"id": video["videoId"], "video": video["videoPath"], "db": video["dbPath"]}
    with closing(sqlite3.connect(house.db, isolation_level=None)) as db:
        db.execute(STATEMENTS[NUMBER[kind]], names | BOUNDS).fetchall()


def _client(house: House, kind: str, video: dict[str, str]) -> None:
    source = (PROJECT / "typescript" / "jobd.ts").read_text(encoding="utf-8")
    [statement] = re.findall(r"^const INSERT = `(.*?)`", source, re.DOTALL | re.MULTILINE)
    payload = video | ({"cropBounds": BOUNDS} if kind == "crop_frames" else {})
    house.sql(statement, kind, json.dumps(payload), video["dbPath"])


def _adopt(house: House, _kind: str, video: dict[str, str]) -> None:
    done = jobd("adopt", Path(video["dbPath"]).parent, "--db", house.db)
    assert done.returncode == 0, done.stderr


WRITERS: dict[str, Callable[[House, str, dict[str, str]], None]] = {
    "demo": _demo,
    "client": _client,
    "adopt": _adopt,
}


@pytest.mark.parametrize("kind", NUMBER)
@pytest.mark.parametrize(("first", "second"), [*permutations(WRITERS, 2)])
def test_one_video_waits_once(house: House, kind: str, first: str, second: str) -> None:
    jobd("init", "--db", house.db)
    video = house.video()
    if kind == "crop_frames":
        run_sql(Path(video["dbPath"]), "UPDATE processing_status SET status = 'error'")
        add_layout_config(Path(video["dbPath"]), (0, 0, 64, 32))
        approved = "INSERT INTO video_preferences (id, layout_approved) VALUES (1, 1)"
        run_sql(Path(video["dbPath"]), approved)
    WRITERS[first](house, kind, video)
    WRITERS[second](house, kind, video)
    assert house.sql("SELECT kind, unique_key FROM jobs") == [(kind, video["dbPath"])]

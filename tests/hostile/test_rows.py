"""Every hostile row is refused at INSERT, or fails alone, in one sentence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House, jobd

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[dict[str, str]], str | bytes]


def keyed(**keys: object) -> Change:
    return lambda good: json.dumps(good | keys)


def spelled(old: str, new: str) -> Change:
    """A payload with a text exchanged that no JSON writer would write."""
    return lambda good: json.dumps(good | {"frameRate": 7}).replace(old, new)


ROWS: dict[str, tuple[Change, str]] = {
    "bad UTF-8": (
        lambda good: json.dumps(good | {"videoId": "X"}).encode().replace(b"X", b"\xff"),
        "UTF-8",
    ),
    "no JSON": (lambda _: "{", "payload must be a JSON object"),
    "a list": (lambda _: "[]", "payload must be a JSON object"),
    "not a number": (spelled("7", "NaN"), "payload"),
    "a number past all": (spelled("7", "9e999"), "frameRate"),
    "a number of 5,000 digits": (spelled("7", "1" * 5000), "number out of range"),
    "half a surrogate": (spelled("/v1/", "/\\ud800/"), "payload"),
    "a NUL": (spelled("/v1/", "/\\u0000/"), "payload"),
    "a hundred thousand brackets": (lambda _: "[" * 100_000, "payload must be"),
    "a thousand brackets": (
        keyed(videoId=json.loads("[" * 900 + "]" * 900)),
        "recursion limit exceeded",
    ),
    "a megabyte": (keyed(videoId="x" * 1_000_000), "payload must be at most 65536 bytes"),
    "ten thousand keys": (keyed(**{f"k{n}": 0 for n in range(5000)}), "payload"),
    "a key twice": (spelled('"frameRate": 7', '"frameRate": 7, "frameRate": 8'), "named twice"),
    "a key too many": (keyed(command="rm -rf /"), "command"),
    "a path with dots": (keyed(dbPath="/a/../b"), "must be a plain path"),
    "a path in /proc": (keyed(videoPath="/proc/self/mem"), "outside the roots"),
    "a path that is relative": (keyed(videoPath="v1/video.mp4"), "must be an absolute path"),
    "a protocol": (keyed(videoPath="http://127.0.0.1/x.mp4"), "must be an absolute path"),
    "a flag": (keyed(videoPath="--help"), "must be an absolute path"),
    "the queue as database": (keyed(dbPath="{queue}"), "where the queue lies"),
    "a text for a number": (keyed(frameRate="1; DROP TABLE jobs"), "frameRate"),
}


@pytest.mark.parametrize(("change", "sentence"), ROWS.values(), ids=ROWS.keys())
def test_it_is_refused_or_fails_alone(house: House, change: Change, sentence: str) -> None:
    jobd("init", "--db", house.db)
    payload = change(house.video())
    if isinstance(payload, str):
        payload = payload.replace("{queue}", str(house.db))
    error = refusal(house, payload)
    sound = house.insert("full_frames", house.video("sound"))
    log = house.work_off("--backoff-s", "0")
    error = error or house.sql("SELECT error FROM jobs WHERE id <> ?", sound)[0][0]
    assert sentence in error
    assert "\n" not in error
    assert "Traceback" not in log
    assert house.job(sound, "status") == "completed"


def refusal(house: House, payload: str | bytes) -> str | None:
    """What SQLite says to the writer; None where it takes the row."""
    sql = "INSERT INTO jobs (kind, payload) VALUES ('full_frames', CAST(? AS TEXT))"
    with closing(sqlite3.connect(house.db, isolation_level=None)) as db:
        try:
            db.execute(sql, (payload,))
        except sqlite3.Error as error:
            return str(error)
    return None

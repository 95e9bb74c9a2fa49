"""A full_frames attempt with OCR, killed in each of its commits, and the one that follows.

Run as a program: FOLDER JOURNAL. Prints one JSON object a line, for each commit.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from jobd.handlers.access import access_for
from jobd.handlers.context import Attempt, Options, Tally, Walls
from jobd.handlers.paths import resolved
from jobd.handlers.payloads import FullFrames, parse
from jobd.handlers.registry import handler_of
from jobd.ocr.terms import Terms
from tests.support.appdb import add_ocr_box, make_video_db, read_row, read_rows
from tests.support.video import every, write_video
from tests.support.videojob import killer

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 2
OLD, NEW = ["Hello"], [f"no {n}" for n in range(COUNT)]


def options_for(folder: Path) -> Options:
    """As a daemon with an engine that takes no time."""
    walls = Walls("off", 2**32, 2**32)
    terms = Terms("tests.support.engines:swift", "line")
    return Options(
        roots=resolved([folder]),
        final_status="processing_complete",
        max_pixels=10**6,
        max_images=100,
        decode_threads=1,
        queue_folder=Path("/nowhere"),
        walls=walls,
        ocr=terms,
    )


def attempt(folder: Path, payload: bytes, number: int, die_at: int = 0) -> Tally:
    """One attempt; killed in a commit, before it counts (0: in none)."""
    if die_at:
        apsw.connection_hooks.append(lambda db: db.set_commit_hook(killer(die_at)))
    handler, options, tally = handler_of("full_frames"), options_for(folder), Tally()
    wanted = parse(FullFrames, payload)
    with access_for(wanted, options.roots, options.queue_folder) as access:
        how = Attempt(
            queue_id="q",
            attempt_id=number,
            job_id=1,
            round=1,
            number=number,
            pid=os.getpid(),
            options=options,
            access=access,
            tally=tally,
            report=lambda _: None,
            engine=handler.load_engine(wanted, options),
        )
        handler.load()(wanted, how)
    return tally


def in_a_fork(work: Callable[[], None]) -> int:
    """How a process ended that did some work; our own SQLite never opens what it writes."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def seen(path: Path) -> dict[str, Any]:
    """What the app sees, and what the fence says."""
    texts = [row["text"] for row in read_rows(path, "SELECT text FROM full_frame_ocr ORDER BY id")]
    fence = read_rows(path, "SELECT published, shown FROM jobd_fence") if _has_fence(path) else []
    return {
        "frames": len(read_rows(path, "SELECT 1 FROM full_frames")),
        "boxes": texts,
        "word": read_row(path, "processing_status")["status"],
        "fence": fence[0] if fence else {"published": 0, "shown": 0},
        "tables": [
            row["name"]
            for row in read_rows(path, "SELECT name FROM sqlite_schema WHERE name GLOB 'jobd*'")
        ],
        "whole": read_rows(path, "PRAGMA integrity_check")[0]["integrity_check"],
    }


def _has_fence(path: Path) -> bool:
    return bool(read_rows(path, "SELECT 1 FROM sqlite_schema WHERE name = 'jobd_fence'"))


def one_death(folder: Path, journal: Any, film: Path, die_at: int) -> dict[str, Any]:
    """Kill an attempt in one commit, look, let the next one end it, look again."""
    path = make_video_db(folder / f"v{die_at}" / "annotations.db", journal)
    add_ocr_box(path, 990)
    keys = {"videoId": "v", "videoPath": str(film), "dbPath": str(path), "frameRate": 1}
    payload = json.dumps(keys).encode()
    code = in_a_fork(lambda: _run(folder, payload, 1, die_at=die_at))
    found = {"code": code, "then": seen(path)}
    decoded = path.with_name("decoded")
    assert in_a_fork(lambda: _run(folder, payload, 2, decoded)) == 0
    return found | {"decoded": json.loads(decoded.read_text()), "last": seen(path)}


def _run(
    folder: Path, payload: bytes, number: int, decoded: Path | None = None, die_at: int = 0
) -> None:
    tally = attempt(folder, payload, number, die_at)
    if decoded:
        decoded.write_text(json.dumps(tally.frames_decoded))


def main(name: str, journal: str) -> None:
    """Every commit in turn, until an attempt lives to its end."""
    folder = Path(name)
    film = write_video(folder / "film.mp4", every(1000, COUNT))
    code, die_at = -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        die_at += 1
        found = one_death(folder, journal, film, die_at)
        code = found["code"]
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

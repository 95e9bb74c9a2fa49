"""Scenes on a disk that is too small, each a process in a mount namespace of its own.

    unshare -m python -m tests.support.smalldisk SCENE FOLDER SIZE_KB JOURNAL

It prints what was wrong, as JSON; the disk goes when the process does.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.support.appdb import make_video_db
from tests.support.house import PATIENCE_S, House, jobd, run_sql, until
from tests.support.invariants import Acknowledged, Frames, frames_in, violations
from tests.support.tinyjobs import clean, tiny_house
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
_GROWN_KB = 64_000
_BLOCK = 4096
_ROOM_KB = 256  # what the app needs to write at all, -wal and -shm included
_CAPTION = "INSERT INTO captions (start_frame_index, end_frame_index) VALUES (1, 2)"
_KIND, _TABLE = "crop_frames", "cropped_frames"
_NOISE = {  # 75 pictures of about 100 kB
    "frameRate": 25,
    "quality": 100,
    "cropBounds": {"left": 0, "top": 0, "right": 320, "bottom": 240},
}


def scene(name: str, folder: Path, size_kb: int, journal: str) -> list[str]:
    """Play a scene in a process of its own; what was wrong."""
    folder.mkdir()
    command = ["unshare", "-m", sys.executable, "-m", "tests.support.smalldisk", name]
    done = subprocess.run(
        [*command, str(folder), str(size_kb), journal],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    if done.returncode:
        return [done.stderr]
    wrong: list[str] = json.loads(done.stdout)
    return wrong


def noise_video(path: Path) -> Path:
    """Three seconds of pictures that no codec can make small."""
    dice = np.random.default_rng(1)

    def draw(_: int) -> NDArray[np.uint8]:
        return dice.integers(0, 256, (240, 320, 3), np.uint8)

    return write_video(
        path, every(40, 75), draw=draw, options={"g": "25", "preset": "ultrafast", "qp": "4"}
    )


def _mount(folder: Path, size_kb: int) -> Path:
    disk = folder / "disk"
    disk.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(disk))
    return disk


def _grow(disk: Path) -> None:
    _run("mount", "-o", f"remount,size={_GROWN_KB}k", str(disk))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def video_on_a_small_disk(folder: Path, size_kb: int, journal: str) -> list[str]:
    """The attempt is handed back, the app can write, and with more room all is done."""
    house = House(folder)
    jobd("init", "--db", house.db)
    video = noise_video(folder / "noise.mp4")
    spare = _payload(video, make_video_db(folder / "spare" / "annotations.db"))
    database = make_video_db(folder / "made" / "annotations.db", journal)  # type: ignore[arg-type]
    disk = _mount(folder, size_kb + database.stat().st_size // 1024)
    try:
        payload = _payload(video, _copied(database, disk))
        return _on_video_disk(house, spare, payload, had_room=size_kb >= _ROOM_KB)
    finally:
        house.close()


def _payload(video: Path, database: Path) -> dict[str, Any]:
    return {"videoId": "v1", "videoPath": str(video), "dbPath": str(database)} | _NOISE


def _copied(database: Path, disk: Path) -> Path:
    return Path(shutil.copyfile(database, disk / database.name))


def _on_video_disk(
    house: House, spare: dict[str, Any], payload: dict[str, Any], *, had_room: bool
) -> list[str]:
    database = Path(payload["dbPath"])
    house.insert(_KIND, spare)
    job = house.insert(_KIND, payload)
    house.ready()
    until(lambda: house.job(job, "status") == "completed" or bool(house.job(job, "error")))
    wrong = []
    if house.job(job, "status") != "completed":
        if house.job(job, "attempts"):
            wrong.append(f"a full disk was counted: {house.job(job, 'error')}")
        wrong += _app_cannot_write(database) if had_room else []
    _grow(database.parent)
    house.sql("UPDATE jobs SET run_at = 0 WHERE status = 'queued'")
    until(partial(_all_done, house), house.log)
    pattern = frames_in(Path(spare["dbPath"]), _TABLE)
    return [*wrong, *_wrong(house, [(job, database)], pattern)]


def _wrong(house: House, jobs: list[tuple[int, Path]], pattern: Frames) -> list[str]:
    house.daemons[-1].send_signal(signal.SIGTERM)
    house.daemons[-1].wait(PATIENCE_S)
    acknowledged = [Acknowledged(job, _KIND, database) for job, database in jobs]
    return violations(house.db, acknowledged, {_KIND: [pattern]})


def _app_cannot_write(database: Path) -> list[str]:
    """Where jobd gives up it leaves the app some room; there was some before."""
    try:
        run_sql(database, _CAPTION)
    except sqlite3.Error as error:
        return [f"the app cannot write: {error}, {_free_kb(database.parent)} kB are free"]
    return []


def _free_kb(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize // 1024


def queue_on_a_small_disk(folder: Path, size_kb: int, journal: str) -> list[str]:
    """Nothing that was acknowledged is lost, and with more room all is done."""
    clean()
    disk = _mount(folder, 4000)
    tiny = tiny_house(disk)
    house = tiny.house
    flags = ("--roots", str(folder))
    away = tiny_house(folder / "away")
    payloads = [away.video(f"v{n}", journal) for n in range(6)]  # type: ignore[arg-type]
    try:
        house.ready(*flags)
        tiny.add_both(payloads[0])
        _fill(disk, size_kb)
        for payload in payloads[1:]:
            with suppress(sqlite3.Error):  # not acknowledged
                tiny.add_both(payload)
        time.sleep(0.5)
        _grow(disk)
        if house.daemons[-1].poll() is not None:
            assert house.daemons[-1].returncode == 5, house.log()
            house.ready(*flags)
        until(partial(_all_done, house), house.log)
        house.daemons[-1].send_signal(signal.SIGTERM)
        house.daemons[-1].wait(PATIENCE_S)
        (disk / "filler").unlink()
        return tiny.violations()
    finally:
        house.close()


def _all_done(house: House) -> bool:
    return house.sql("SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')") == [(0,)]


def _fill(disk: Path, left_kb: int) -> None:
    """Another program's file takes all but so much; where the daemon is quicker, all of it."""
    descriptor = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while _free_kb(disk) > left_kb:
            os.write(descriptor, bytes(_BLOCK))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    finally:
        os.close(descriptor)


SCENES: dict[str, Callable[[Path, int, str], list[str]]] = {
    "video": video_on_a_small_disk,
    "queue": queue_on_a_small_disk,
}

if __name__ == "__main__":
    name, folder, size_kb, journal = sys.argv[1:]
    print(json.dumps(SCENES[name](Path(folder), int(size_kb), journal)))  # noqa: T201

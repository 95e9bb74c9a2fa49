"""A real file system that goes away under the daemon, as in a power cut, and comes back.

    unshare -m python -m tests.support.lostdisk FOLDER SEED JOURNAL

ext4 on a loop device is shut down without its journal being flushed: every later call fails, and
what was not synced is gone. It prints what was wrong, as JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.support.house import PATIENCE_S, House, until
from tests.support.tinyjobs import Tiny, clean, tiny_house

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_WITHOUT_ITS_LOG = 2
_SIZE_MB = 48
_JOBS = 6
_LATEST_S = 1.2
_TOOLS = ("unshare", "mkfs.ext4", "mount", "umount")
ROOT = Path(__file__).parents[2]


def why_not() -> str | None:
    """What is missing here, if anything."""
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        return "loop devices need root"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    return f"{missing[0]} is not installed" if missing else None


def lose_disk(folder: Path, seed: int, journal: str) -> list[str]:
    """Play it in a process of its own; what was wrong."""
    folder.mkdir()
    command = ["unshare", "-m", sys.executable, "-m", "tests.support.lostdisk"]
    done = subprocess.run(
        [*command, str(folder), str(seed), journal],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    wrong: list[str] = [done.stderr] if done.returncode else json.loads(done.stdout)
    return wrong


def _play(folder: Path, seed: int, journal: str) -> list[str]:
    clean()
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    image, disk = folder / "image", folder / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(_SIZE_MB * 2**20)
    _run("mkfs.ext4", "-q", "-F", str(image))
    _run("mount", "-o", "loop", str(image), str(disk))
    shutil.rmtree(disk / "lost+found")
    tiny = tiny_house(disk)
    os.sync()  # the start is on the disk
    try:
        mount = partial(_run, "mount", "-o", "loop", str(image), str(disk))
        return _lose(tiny, mount, dice, journal)
    finally:
        tiny.house.close()
        _unmount(disk)


def _lose(tiny: Tiny, mount: partial[None], dice: random.Random, journal: str) -> list[str]:
    house, disk = tiny.house, tiny.house.folder
    payloads = [tiny.video(f"v{n}", journal) for n in range(_JOBS // 2)]  # type: ignore[arg-type]
    os.sync()
    house.ready()
    go_s = time.monotonic() + dice.uniform(0.05, _LATEST_S)
    for payload in payloads:
        for kind in ("full_frames", "crop_frames"):
            _add_durably(tiny, payload, kind)
    time.sleep(max(0.0, go_s - time.monotonic()))
    known = _completed(house)
    _shut_down(disk)
    time.sleep(0.2)
    house.close()
    _unmount(disk)
    mount()
    wrong = [f"job {job} is not completed any more" for job in known - _completed(house)]
    house.work_off()
    return [*wrong, *tiny.violations()]


def _add_durably(tiny: Tiny, payload: dict[str, str], kind: str) -> None:
    """By the contract: acknowledged is what a commit with synchronous=FULL has taken."""
    with suppress(sqlite3.Error):
        tiny.add(payload, kind)


def _completed(house: House) -> set[int]:
    return {job for (job,) in house.sql("SELECT id FROM jobs WHERE status = 'completed'")}


def _shut_down(disk: Path) -> None:
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _WITHOUT_ITS_LOG))
    finally:
        os.close(descriptor)


def _unmount(disk: Path) -> None:
    """With patience for children whose daemon was just killed."""
    until(lambda: _unmounted(disk))


def _unmounted(disk: Path) -> bool:
    command = ["umount", str(disk)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    folder, seed, journal = sys.argv[1:]
    print(json.dumps(_play(Path(folder), int(seed), journal)))  # noqa: T201

"""A video's disk that may only be read, or has no room for one more file, for a while."""

from __future__ import annotations

import ctypes
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.disk import small_disk
from tests.support.house import House, jobd, run_sql, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MS_RDONLY, _MS_REMOUNT = 1, 32
STATUS = "SELECT status, error_message FROM processing_status"


@pytest.fixture
def disk(house: House) -> Iterator[Path]:
    """A disk of its own below the house; daemons end before it goes."""
    folder = house.folder / "disk"
    folder.mkdir()
    with ExitStack() as stack:
        stack.enter_context(small_disk(folder, "64m,nr_inodes=20"))
        stack.callback(house.close)
        yield folder


def remount(disk: Path, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.mount(None, os.fsencode(disk), None, ctypes.c_ulong(_MS_REMOUNT | flags), None)
    assert result == 0, os.strerror(ctypes.get_errno())


def video_on(house: House, disk: Path) -> dict[str, str]:
    jobd("init", "--db", house.db)
    return House(disk).video()


def test_a_read_only_disk_is_told_from_a_wrong_user_and_the_app_is_told_later(
    house: House, disk: Path
) -> None:
    payload = video_on(house, disk)
    remount(disk, _MS_RDONLY)
    tried = house.insert("full_frames", payload, max_attempts=1)
    house.ready()
    house.until_status(tried, "failed")
    reason = f"the disk of {payload['dbPath']} may only be read now"
    assert house.job(tried, "error") == reason
    until(lambda: "could not be told yet" in house.log(), house.log)
    remount(disk, 0)
    until(lambda: run_sql(payload["dbPath"], STATUS) == [("error", reason)], house.log)
    assert "Traceback" not in house.log()


def test_a_job_on_a_disk_that_may_be_written_again_is_done(house: House, disk: Path) -> None:
    payload = video_on(house, disk)
    remount(disk, _MS_RDONLY)
    job = house.insert("full_frames", payload, max_attempts=1000)
    house.ready()
    until(lambda: house.job(job, "attempts") > 1, house.log)
    remount(disk, 0)
    house.until_status(job, "completed")


def test_no_room_for_one_more_file_is_a_full_disk(house: House, disk: Path) -> None:
    payload = video_on(house, disk)
    fillers = fill_with_files(disk)
    job = house.insert("full_frames", payload, max_attempts=1)
    house.ready()
    until(lambda: bool(house.job(job, "error")), house.log)
    reason = f"the disk of {payload['dbPath']} has no room for one more file"
    assert house.job(job, "status", "attempts", "error") == ("queued", 0, reason)
    for filler in fillers:
        filler.unlink()
    house.sql("UPDATE jobs SET run_at = 0")
    house.until_status(job, "completed")


def fill_with_files(disk: Path) -> list[Path]:
    made: list[Path] = []
    try:
        while True:
            path = disk / f"filler{len(made)}"
            path.touch()
            made.append(path)
    except OSError:
        return made

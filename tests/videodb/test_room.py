"""A full disk: the stage goes, and what it took is given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.attempt.messages import End
from jobd.attempt.outcome import classify
from jobd.errors import DiskFull
from jobd.videodb import fence, room
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from jobd.videodb.refusals import explained
from jobd.videodb.stage import Image, Stage
from tests.support.videojob import crop_of, in_haste, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.videodb.database import VideoDb

CROPPED, ONE = Target.CROPPED_FRAMES, work(1)
STAGES = "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'jobd_stage_*'"


@pytest.fixture
def video(path: Path) -> Iterator[VideoDb]:
    with open_video_db(path) as video:
        video.prepare()
        fence.take(video, CROPPED, ONE)
        yield video


def _fill(video: VideoDb) -> None:
    stage = Stage(video, CROPPED, ONE, crop_of(CROPPED, 1), sleep=in_haste)
    for k in range(100):
        stage.add(Image(k, bytes(100_000), 1, 1))


def test_a_disk_that_fills_up_gets_the_stage_back(video: VideoDb, path: Path) -> None:
    pages = video.db.execute("PRAGMA page_count").get
    video.db.execute(f"PRAGMA max_page_count = {pages + 1000}").fetchall()
    with pytest.raises(apsw.FullError):
        _fill(video)
    assert video.db.execute(STAGES).get == 0
    wal = path.with_name(f"{path.name}-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_the_last_megabytes_of_a_disk_are_not_taken(
    video: VideoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "RESERVE_BYTES", 2**60)
    with pytest.raises(DiskFull, match="is full, but for"):
        _fill(video)
    assert video.db.execute(STAGES).get == 0


def test_unused_pages_of_the_database_are_room(
    video: VideoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(video)
    video.db.execute("DROP TABLE jobd_stage_cropped_frames_1")
    monkeypatch.setattr(room, "RESERVE_BYTES", 9_000_000)
    monkeypatch.setattr("os.statvfs", _no_room)
    room.demand_room(video)


def test_no_room_for_the_shm_file_is_a_full_disk(tmp_path: Path) -> None:
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_SHMSIZE  # type: ignore[attr-defined]
    with (
        pytest.raises(DiskFull, match="no room for its -shm file") as caught,
        explained(tmp_path, 1, lambda: False),
    ):
        raise error
    assert classify(caught.value) is End.FULL


class _no_room:  # noqa: N801 - stands in for os.statvfs
    f_bavail = 0
    f_frsize = 4096

    def __init__(self, _: Path) -> None: ...

"""The queue's disk: full, failing, and one that lost a write."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.atwork import WORK
from tests.support.disk import failing, filled, small_disk
from tests.support.house import LONG_VIDEO, House, alive, jobd, run_sql, until
from tests.support.terminal import in_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LATER = 4_102_444_800_000


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[tuple[House, House]]:
    """A house whose queue lies on a small disk of its own, and one for the videos."""
    houses = House(tmp_path / "queue"), House(tmp_path / "videos")
    for house in houses:
        house.folder.mkdir()
    with small_disk(houses[0].folder, "4m"):
        yield houses
        houses[0].close()


def daemon_of(house: House) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(jobd("inspect", "--db", house.db, "--json").stdout)
    return dict(shown["daemon"])


def working(house: House, payload: dict[str, str], *flags: str) -> int:
    """A daemon whose one job has just begun to decode."""
    jobd("init", "--db", house.db)
    job = house.insert("crop_frames", payload | WORK)
    house.ready(*flags)
    staged = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'jobd_stage_%'"
    until(lambda: run_sql(payload["dbPath"], staged) != [(0,)], house.log)
    return job


def assert_it_stands_still(house: House, job: int, other: int, reason: str) -> None:
    until(lambda: reason in (daemon_of(house)["not_leasing"] or ""), house.log)
    assert "starts no job now: the disk of" in in_terminal("inspect", "--db", house.db)
    assert daemon_of(house)["not_leasing_since"] is not None
    until(lambda: now_ms() > house.job(other, "run_at") + 1500, house.log)
    assert house.job(other, "status", "attempts") == ("queued", 0)
    assert house.job(job, "status") == "running"


def assert_it_resumes(house: House, job: int, other: int, reason: str) -> None:
    for number in (job, other):
        house.until_status(number, "completed")
        assert house.job(number, "attempts") == 1
    until(lambda: daemon_of(house)["not_leasing"] is None, house.log)
    assert house.log().count(reason) == 1
    assert house.log().count("the queue is written again after") == 1
    assert house.sql("PRAGMA integrity_check") == [("ok",)]


def now_ms() -> int:
    return int(time.time() * 1000)


def test_a_full_disk_stops_leasing_until_there_is_room(apart: tuple[House, House]) -> None:
    house, videos = apart
    payload = videos.video("v2")
    job = working(house, videos.video(source=LONG_VIDEO), "--roots", str(videos.folder))
    other = house.insert("full_frames", payload, run_at=now_ms() + 1000)
    with filled(house.folder):
        assert_it_stands_still(house, job, other, "is full")
    assert_it_resumes(house, job, other, "is full")


def test_a_disk_that_fails_is_tried_again(house: House) -> None:
    reason = "fails: Input/output error"
    payload = house.video("v2")
    job = working(house, house.video(source=LONG_VIDEO))
    with failing(house.daemons[-1].pid, house.folder / "jobs.db-wal", "pwrite64:error=EIO"):
        other = house.insert("full_frames", payload, run_at=now_ms() - 1)
        assert_it_stands_still(house, job, other, reason)
    assert_it_resumes(house, job, other, reason)


def test_a_queue_with_nothing_to_write_is_not_taken_for_well(house: House) -> None:
    daemon = house.ready()
    with failing(daemon.pid, house.folder / "jobs.db-wal", "pwrite64:error=EIO"):
        job = house.insert("full_frames", {"videoId": "v", "videoPath": "/v", "dbPath": "/d"})
        until(lambda: daemon_of(house)["not_leasing"] is not None, house.log)
        house.sql("DELETE FROM jobs WHERE id = ?", job)
        house.sql("DELETE FROM cancellations")
        begun_ms = now_ms()
        until(lambda: now_ms() > begun_ms + 1500)
        assert daemon_of(house)["not_leasing"] is not None
    until(lambda: daemon_of(house)["not_leasing"] is None, house.log)
    assert house.log().count("the queue is written again after") == 1


def test_a_lost_write_ends_the_daemon_and_the_next_one_goes_on(house: House) -> None:
    payload = house.video(source=LONG_VIDEO)
    job = working(house, payload)
    daemon = house.daemons[-1]
    below = house.children(daemon)
    with failing(daemon.pid, house.folder / "jobs.db-wal", "fdatasync:error=EIO:when=1"):
        assert daemon.wait(60) == 5
    assert "lost a write (Input/output error)" in house.log()
    until(lambda: not any(map(alive, below)))
    house.work_off()
    assert house.job(job, "status") == "completed"
    assert house.sql("PRAGMA integrity_check") == [("ok",)]


def test_a_full_disk_does_not_hinder_a_stop(apart: tuple[House, House]) -> None:
    house, videos = apart
    roots = ("--roots", str(videos.folder))
    job = working(house, videos.video(source=LONG_VIDEO), *roots, "--drain-s", "0")
    daemon = house.daemons[-1]
    with filled(house.folder):
        until(lambda: "is full" in house.log(), house.log)
        daemon.terminate()
        assert daemon.wait(60) == 0
    assert house.job(job, "status") == "running"
    assert "1 attempt is left to the next start" in house.log()
    house.work_off(*roots)
    assert house.job(job, "status", "attempts") == ("completed", 2)


def test_an_idle_daemon_stops_though_the_disk_is_full(apart: tuple[House, House]) -> None:
    house, _ = apart
    daemon = house.ready()
    house.insert("full_frames", {"videoId": "v", "videoPath": "/v", "dbPath": "/d"}, run_at=LATER)
    with filled(house.folder):
        daemon.terminate()
        assert daemon.wait(60) == 0
    assert "is full" in house.log()  # its last beat


def test_a_start_on_a_full_disk_ends_in_words_and_serves_once_there_is_room(
    apart: tuple[House, House],
) -> None:
    house, videos = apart
    roots = ("--roots", str(videos.folder))
    jobd("init", "--db", house.db)
    house.work_off(*roots)
    job = house.insert("full_frames", videos.video())
    assert not any(house.db.with_name(f"jobs.db-{end}").exists() for end in ("wal", "shm"))
    with filled(house.folder):
        assert house.start(*roots).wait(60) == 5
        said = f"jobd: cannot open {house.db}: its disk is full: make room, then start again"
        assert house.log().splitlines()[-1] == said
    house.work_off(*roots)
    assert house.job(job, "status", "attempts") == ("completed", 1)

"""A disk that goes away, a clock that jumps, a reader that stays, a child without memory."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.house import LONG_VIDEO, House, alive, jobd, run_sql, until
from tests.support.lostdisk import lose_disk, why_not
from tests.support.shim import Shim
from tests.support.tinyjobs import clean, tiny_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tally import Tally

HOURS_S = 2 * 3600
CGROUPS = Path("/sys/fs/cgroup")
LONG = {"cropBounds": {"left": 0, "top": 0, "right": 176, "bottom": 144}, "frameRate": 240}


def lose_disks(folder: Path, tally: Tally, count: int) -> None:
    if reason := why_not():
        pytest.skip(f"LOUD: {reason}")
    seeds = range(count)
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(lambda n: lose_disk(folder / str(n), n, ("delete", "wal")[n % 2]), seeds)
        )
    tally.add("file systems shut down", count, sum(map(bool, found)))
    assert [(seed, wrong) for seed, wrong in zip(seeds, found, strict=True) if wrong] == []


def test_a_disk_that_goes_away_and_comes_back(tmp_path: Path, tally: Tally) -> None:
    lose_disks(tmp_path, tally, 2)


@pytest.mark.long
def test_forty_disks_that_go_away(tmp_path: Path, tally: Tally) -> None:
    lose_disks(tmp_path, tally, 40)


def test_a_clock_that_jumps_by_two_hours_stops_nothing(tmp_path: Path, tally: Tally) -> None:
    clean()
    tiny = tiny_house(tmp_path)
    house = tiny.house
    with Shim(tmp_path) as shim:
        house.environ = shim.environ
        house.ready("--no-progress-s", "5")
        try:
            for n, step_s in enumerate((0, HOURS_S, -HOURS_S)):
                payload = house.video(f"long{n}", LONG_VIDEO)
                house.insert("crop_frames", payload | LONG)
                until(partial(at_work, payload), house.log)
                tiny.add_both(tiny.video(f"v{n}"))
                shim.step_clock(step_s)
                until_all_completed(house)
                (ended,) = house.sql("SELECT max(id), finished_at FROM jobs")
                assert abs(ended[1] / 1000 - time.time() - step_s) < HOURS_S / 2
        finally:
            house.close()
    assert tiny.violations() == []
    assert house.sql("SELECT id, attempts FROM jobs WHERE attempts <> 1") == [], "tried again"
    tally.add("clocks stepped by two hours", 2, 0)


def until_all_completed(house: House) -> None:
    def left() -> list[tuple[int]]:
        return house.sql("SELECT id FROM jobs WHERE status <> 'completed'")

    until(lambda: not left(), lambda: f"never completed: {left()}\n{house.log()}")


def test_a_reader_that_stays_in_the_queue_delays_nobody(tmp_path: Path, tally: Tally) -> None:
    clean()
    tiny = tiny_house(tmp_path)
    house = tiny.house
    try:
        with closing(sqlite3.connect(house.db, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            seen = reader.execute("SELECT count(*) FROM jobs").fetchone()
            house.ready()
            for n in range(4):
                tiny.add_both(tiny.video(f"v{n}"))
            until_all_completed(house)
            assert reader.execute("SELECT count(*) FROM jobs").fetchone() == seen == (0,)
    finally:
        house.close()
    assert tiny.violations() == []
    tally.add("readers that stay", 1, 0)


@contextmanager
def starved() -> Iterator[Path]:
    """A control group whose members may take no more memory; its list of members."""
    old, new = CGROUPS / "memory", CGROUPS
    group = (old if old.is_dir() else new) / f"jobd-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("LOUD: control groups cannot be made here: a child without memory is not tried")
    try:
        limit = group / ("memory.limit_in_bytes" if old.is_dir() else "memory.max")
        if not limit.exists():
            pytest.skip("LOUD: control groups do not limit memory here")
        limit.write_text("65536")
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def test_a_child_that_the_kernel_kills_for_memory_is_tried_again(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video(source=LONG_VIDEO)
    job = house.insert("crop_frames", payload | LONG)
    with starved() as members:
        house.ready()
        until(partial(at_work, payload), house.log)
        members.write_text(str(child_of(payload)))
        until(lambda: house.job(job, "attempts") == 2, lambda: f"never again: {house.log()}")
        house.until_status(job, "completed")
    outcomes = house.sql("SELECT outcome, error LIKE '%SIGKILL%' FROM job_attempts ORDER BY id")
    assert outcomes == [("crashed", 1), ("completed", None)]


def test_a_child_that_says_nothing_dies_with_its_daemon(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video(source=LONG_VIDEO)
    house.insert("crop_frames", payload | LONG)
    daemon = house.ready()
    until(partial(at_work, payload), house.log)
    pid = child_of(payload) or 0
    os.kill(pid, signal.SIGSTOP)  # one that speaks would notice the broken pipe
    try:
        daemon.kill()
        daemon.wait()
        until(lambda: not alive(pid), lambda: "the child outlives its daemon")
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def at_work(payload: dict[str, str]) -> bool:
    return child_of(payload) is not None


def child_of(payload: dict[str, str]) -> int | None:
    known = "SELECT 1 FROM sqlite_schema WHERE name = 'crop_frames_status'"
    if not run_sql(payload["dbPath"], known):
        return None
    rows = run_sql(payload["dbPath"], "SELECT current_job_id FROM crop_frames_status")
    return int(rows[0][0]) if rows and rows[0][0] else None

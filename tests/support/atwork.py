"""A daemon that is caught at work: its one job is large enough to last some seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.house import LONG_VIDEO, House, jobd, run_sql, until

if TYPE_CHECKING:
    from collections.abc import Callable

# 14,400 images of all of LONG_VIDEO.
WORK = {"cropBounds": {"left": 0, "top": 0, "right": 176, "bottom": 144}, "frameRate": 240}
_STATUS = "SELECT status, error_message, current_job_id FROM crop_frames_status"


def start_work(house: House, *flags: str, **columns: object) -> tuple[dict[str, str], int]:
    """A daemon whose one job has begun to stage what it decodes."""
    jobd("init", "--db", house.db)
    house.ready(*flags)
    return add_work(house, **columns)


def add_work(house: House, **columns: object) -> tuple[dict[str, str], int]:
    """Another job for the daemon, until it has begun to stage."""
    return _begun(house, columns, lambda payload: staged(payload) > 0)


def begin_work(house: House, *flags: str) -> tuple[dict[str, str], int]:
    """As start_work, but caught as soon as its process has told the app of itself."""
    jobd("init", "--db", house.db)
    house.ready(*flags)
    return _begun(house, {}, lambda payload: running_pid(payload) is not None)


def _begun(
    house: House, columns: dict[str, object], has_begun: Callable[[dict[str, str]], bool]
) -> tuple[dict[str, str], int]:
    payload = house.video(source=LONG_VIDEO)
    job = house.insert("crop_frames", payload | WORK, **columns)
    until(lambda: has_begun(payload), house.log)
    return payload, job


def staged(payload: dict[str, str]) -> int:
    """How many tables hold what is not shown yet."""
    tables = run_sql(
        payload["dbPath"], "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'jobd_stage_%'"
    )
    return int(tables[0][0])


def running_pid(payload: dict[str, str]) -> int | None:
    """The process that the app is told of; None before the table is there, and when none runs."""
    known = run_sql(
        payload["dbPath"], "SELECT 1 FROM sqlite_schema WHERE name = 'crop_frames_status'"
    )
    pid = crop_status(payload)[2] if known and run_sql(payload["dbPath"], _STATUS) else None
    return int(pid) if pid else None


def crop_status(payload: dict[str, str]) -> tuple[Any, ...]:
    """What the app is told: the word, the error, the process."""
    return run_sql(payload["dbPath"], _STATUS)[0]


def child_pid(payload: dict[str, str]) -> int:
    """The process of a job that runs."""
    pid = running_pid(payload)
    assert pid is not None
    return pid

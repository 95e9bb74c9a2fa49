from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.queue.create import create
from jobd.queue.file import open_queue
from jobd.queue.kinds import Kind, register
from jobd.queue.lease import take_lease
from tests.support.queuefile import KINDS, LEASE_MS, HandClock, insert, rows

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue

CROP, FULL = KINDS


def registered(queue: Queue) -> list[tuple[object, ...]]:
    return rows(
        queue, "SELECT kind, priority, max_running, supersedes_running, paused FROM job_kinds"
    )


def triggers(queue: Queue) -> dict[str, str]:
    found = rows(queue, "SELECT name, sql FROM sqlite_schema WHERE name GLOB 'kinds_*'")
    return {str(name): str(sql) for name, sql in found}


@pytest.mark.parametrize(("concurrency", "max_running"), [(1, None), (2, 1), (3, 2), (64, 63)])
def test_a_kind_that_yields_leaves_one_slot_of_several(
    queue: Queue, concurrency: int, max_running: int | None
) -> None:
    register(queue, KINDS, concurrency)
    expected = [("crop_frames", 100, None, 1, 0), ("full_frames", 0, max_running, 0, 0)]
    assert registered(queue) == expected


def test_without_a_difference_nothing_is_written(queue: Queue) -> None:
    register(queue, KINDS, 2)
    wal = queue.path.with_name("jobs.db-wal")
    before = (queue.db.total_changes(), wal.read_bytes())
    register(queue, KINDS, 2)
    register(queue, tuple(reversed(KINDS)), 2)
    assert (queue.db.total_changes(), wal.read_bytes()) == before


def test_triggers_are_made_anew_only_when_they_differ(queue: Queue) -> None:
    (version,) = rows(queue, "PRAGMA schema_version")
    register(queue, (CROP, replace(FULL, priority=5)), 2)
    assert rows(queue, "PRAGMA schema_version") == [version]
    register(queue, (CROP, replace(FULL, required=("videoId",))), 2)
    assert rows(queue, "PRAGMA schema_version") != [version]


def test_what_a_person_paused_stays_paused(queue: Queue) -> None:
    rows(queue, "UPDATE job_kinds SET paused = 1 WHERE kind = 'crop_frames'")
    register(queue, (replace(CROP, priority=7), replace(FULL, priority=8)), 2)
    assert registered(queue) == [("crop_frames", 7, None, 1, 1), ("full_frames", 8, 1, 0, 0)]


def test_a_new_key_is_asked_for_from_then_on(queue: Queue) -> None:
    register(queue, (CROP, replace(FULL, required=("videoId", "mood"))), 1)
    with pytest.raises(apsw.ConstraintError, match="full_frames: payload lacks mood"):
        insert(queue)
    insert(queue, "crop_frames")
    register(queue, KINDS, 1)
    assert insert(queue) > 0


def test_a_kind_without_handler_is_unknown_and_its_rows_wait(queue: Queue) -> None:
    insert(queue)
    register(queue, (CROP,), 1)
    assert list(triggers(queue)) == [
        "kinds_known",
        "kinds_crop_frames_insert",
        "kinds_crop_frames_update",
    ]
    with pytest.raises(apsw.ConstraintError, match="unknown kind; this queue knows: crop_frames"):
        insert(queue)
    assert take_lease(queue, LEASE_MS) is None
    register(queue, KINDS, 1)
    assert take_lease(queue, LEASE_MS) is not None


def test_a_queue_may_know_no_kind(queue: Queue) -> None:
    register(queue, (), 1)
    with pytest.raises(apsw.ConstraintError, match="unknown kind; this queue knows: none yet"):
        insert(queue)


def test_names_may_hold_what_sql_takes_for_its_own(tmp_path: Path) -> None:
    odd = Kind('it\'s "odd"', ("a'b", "c.d", "e f"), '{"it\'s": 1}', priority=-3)
    create(tmp_path / "jobs.db", [odd])
    with closing(open_queue(tmp_path / "jobs.db", HandClock())) as queue:
        (version,) = rows(queue, "PRAGMA schema_version")
        register(queue, [odd], 1)
        assert rows(queue, "PRAGMA schema_version") == [version]
        with pytest.raises(apsw.ConstraintError, match=r"it's \"odd\": payload lacks c\.d"):
            insert(queue, odd.name, payload=json.dumps({"a'b": 1, "e f": 2}))
        insert(queue, odd.name, payload=json.dumps({"a'b": 1, "c.d": 3, "e f": 2}))
        assert take_lease(queue, LEASE_MS) is not None
        assert rows(queue, "SELECT required, payload_schema FROM job_kinds") == [
            (json.dumps(odd.required), odd.payload_schema)
        ]

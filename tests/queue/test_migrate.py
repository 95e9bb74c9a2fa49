from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError
from jobd.queue.create import create
from jobd.queue.file import VERSION, open_queue
from tests.support.queuefile import KINDS, HandClock, insert, rows

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue

COLUMNS = """
SELECT t.name, c.name, c.type, c."notnull", c.dflt_value
FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
WHERE t.type = 'table' ORDER BY 1, 2
"""


RULES = "SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') ORDER BY name"
EARLIER = (  # from version 3 back to 1
    "DROP TRIGGER jobs_video_named",
    "DROP TRIGGER jobs_video_changed",
    "DROP TRIGGER jobs_video_deleted",
    "DROP TABLE job_videos",
    "DROP INDEX jobs_finished",
    "CREATE INDEX jobs_finished ON jobs (status, finished_at) WHERE finished_at IS NOT NULL",
    "ALTER TABLE daemon DROP COLUMN warning",
    "PRAGMA user_version = 1",
)


def as_in_version_1(queue: Queue) -> None:
    for statement in EARLIER:
        queue.db.execute(statement)


def test_an_old_queue_becomes_as_a_new_one(queue: Queue, tmp_path: Path) -> None:
    insert(queue)
    before = rows(queue, "SELECT * FROM jobs")
    videos = rows(queue, "SELECT * FROM job_videos")
    as_in_version_1(queue)
    create(tmp_path / "new.db", KINDS)
    with (
        closing(open_queue(queue.path, HandClock())) as old,
        closing(open_queue(tmp_path / "new.db", HandClock())) as new,
    ):
        assert rows(old, COLUMNS) == rows(new, COLUMNS)
        assert rows(old, RULES) == rows(new, RULES)
        assert rows(old, "PRAGMA user_version") == [(VERSION,)]
        assert rows(old, "SELECT * FROM jobs") == before
        assert rows(old, "SELECT * FROM job_videos") == videos != []


def test_who_only_looks_is_told_what_brings_it_up_to_date(queue: Queue) -> None:
    as_in_version_1(queue)
    sentence = f"has version 1, this jobd reads {VERSION}: `python -m jobd serve` brings it up"
    with pytest.raises(QueueError, match=sentence):
        open_queue(queue.path, HandClock(), "ro")
    assert rows(queue, "PRAGMA user_version") == [(1,)]

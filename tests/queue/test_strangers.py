from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError
from jobd.queue.kinds import register
from jobd.queue.strangers import refuse_gaps, refuse_strangers
from tests.support.house import House, jobd, run_sql
from tests.support.queuefile import KINDS

if TYPE_CHECKING:
    from jobd.queue.file import Queue

CHANGED = """
DROP TRIGGER jobs_deleted;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs BEGIN SELECT 1; END
"""
STRANGE = "CREATE TRIGGER sly AFTER UPDATE ON jobs BEGIN DELETE FROM job_attempts; END"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (STRANGE, "has a strange trigger or view: sly"),
        ("CREATE VIEW late AS SELECT 1", "has a strange trigger or view: late"),
        ("DROP TRIGGER jobs_transition", "lacks a trigger or view: jobs_transition"),
        (
            CHANGED,
            "has a changed trigger or view: jobs_deleted",
        ),
    ],
)
def test_rules_that_are_not_ours_are_refused_by_name(
    queue: Queue, change: str, sentence: str
) -> None:
    register(queue, KINDS, 2)
    refuse_strangers(queue, KINDS, ())
    queue.db.execute(change)
    with pytest.raises(QueueError, match=sentence):
        refuse_strangers(queue, KINDS, ())
    refuse_strangers(queue, KINDS, (sentence.rpartition(" ")[2],))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("DROP TABLE daemon", "column daemon.beat_at"),
        ("DROP TABLE job_logs", "column job_logs.at"),
        ("DROP TABLE job_kinds", "column job_kinds.kind"),
        ("ALTER TABLE job_attempts DROP COLUMN cpu_s", "column job_attempts.cpu_s"),
        ("DROP INDEX jobs_ready", "index jobs_ready"),
    ],
)
def test_a_gap_is_named_before_a_job_is_tried(house: House, change: str, part: str) -> None:
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", house.video(), max_attempts=1)
    run_sql(house.db, change)
    done = jobd("serve", "--db", house.db, "--exit-when-idle")
    assert done.returncode == 5
    assert done.stderr.splitlines() == [
        f"jobd: {house.db} lacks the {part}; put it right as `python -m jobd schema` says"
    ]
    assert house.job(job, "status", "attempts") == ("queued", 0)


def test_columns_and_indexes_of_other_people_are_no_gap(queue: Queue) -> None:
    queue.db.execute("ALTER TABLE jobs ADD COLUMN note TEXT; CREATE INDEX notes ON jobs (note)")
    refuse_gaps(queue)


def test_serve_refuses_to_start_and_starts_where_it_is_allowed(house: House) -> None:
    jobd("init", "--db", house.db)
    run_sql(house.db, STRANGE)
    done = jobd("serve", "--db", house.db, "--exit-when-idle")
    assert done.returncode == 5
    assert "has a strange trigger or view: sly" in done.stderr
    assert (
        jobd("serve", "--db", house.db, "--exit-when-idle", "--allow-triggers", "sly").returncode
        == 0
    )

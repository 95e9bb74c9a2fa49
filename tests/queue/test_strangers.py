from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError
from jobd.queue.kinds import register
from jobd.queue.strangers import refuse_strangers
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

"""The statements of stats, probes and metrics: each from an index, whatever the queue holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jobd.report import gauges, stats, waiting
from tests.support.plans import FILLINGS, fill, plans

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue

FILES = {path.name: path for path in (stats.STATEMENTS, waiting.STATEMENTS, gauges.STATEMENTS)}
# Rows that are few by their nature, and whole partial indexes that hold the wanted rows alone.
SCANS = re.compile(
    r"SCAN (meta|job_kinds|cancellations|sqlite_sequence|CONSTANT ROW|pragma_\w+ VIRTUAL TABLE"
    r"|jobs USING (COVERING )?INDEX jobs_(ready|retrying|scheduled|running))\b"
)
SORTED = {"ended_jobs", "dated", "ready_again"}  # by kind: of one window, of one partial index


@pytest.mark.parametrize("statements", FILES.values(), ids=FILES.keys())
@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS.keys())
def test_nothing_is_scanned_but_what_is_wanted(
    queue: Queue, statements: Path, filling: str
) -> None:
    fill(queue, filling)
    for name, lines in plans(queue, statements).items():
        for line in lines:
            assert not line.startswith("SCAN") or SCANS.match(line), (name, lines)
            assert "AUTOMATIC" not in line, (name, lines)
            assert "TEMP B-TREE" not in line or name in SORTED, (name, lines)


def test_the_pass_over_attempts_begins_at_its_first_id(queue: Queue) -> None:
    fill(queue, FILLINGS["nearly all have ended"])
    found = plans(queue, stats.STATEMENTS)
    assert found["attempts"] == [
        "SEARCH a USING INTEGER PRIMARY KEY (rowid>?)",
        "SEARCH j USING INTEGER PRIMARY KEY (rowid=?)",
    ]
    assert found["ended_jobs"][0] == (
        "SEARCH jobs USING COVERING INDEX jobs_finished (status=? AND finished_at>?)"
    )

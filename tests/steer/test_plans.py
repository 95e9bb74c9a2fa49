"""The statements of a person's commands: each finds its rows by an index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jobd.steer import desk
from tests.support.plans import FILLINGS, fill, plans

if TYPE_CHECKING:
    from jobd.queue.file import Queue

SCANS = re.compile(r"SCAN (k|given VIRTUAL TABLE|CONSTANT ROW|pragma_\w+ VIRTUAL TABLE)\b")


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS.keys())
def test_nothing_is_scanned_or_sorted(queue: Queue, filling: str) -> None:
    fill(queue, filling)
    for name, lines in plans(queue, desk.STATEMENTS).items():
        for line in lines:
            assert not line.startswith("SCAN") or SCANS.match(line), (name, lines)
            assert "AUTOMATIC" not in line, (name, lines)
            assert "TEMP B-TREE" not in line, (name, lines)


def test_a_row_is_changed_by_its_id(queue: Queue) -> None:
    found = plans(queue, desk.STATEMENTS)
    for name in ("before", "cancel", "retry"):
        assert re.fullmatch(
            r"SEARCH (j|jobs) USING INTEGER PRIMARY KEY \(rowid=\?\)", found[name][0]
        )
    assert any("jobs_queued_key" in line for line in found["before"])

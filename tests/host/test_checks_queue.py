"""What is seen of a queue, and what doctor makes of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobd import __version__
from jobd.host.check import Check, State
from jobd.host.checks_queue import queue_checks, row_checks
from jobd.host.look import Look, Sums, named_paths
from jobd.report.rows import Daemon

NOW_MS = 1_772_353_800_000
HOUR_MS = 3_600_000
MIB = 2**20
ALIVE = Daemon(
    alive=True,
    pid=47,
    version=__version__,
    started_at_ms=NOW_MS - 90_000,
    beat_at_ms=NOW_MS - 60_000,
    concurrency=2,
)
HEALTHY = Look(
    path=Path("/srv/app/jobs.db"),
    now_ms=NOW_MS,
    daemon=ALIVE,
    wal=True,
    synchronous=2,
    auto_vacuum=2,
    size_bytes=100_000,
    wal_bytes=64 * MIB,
    kinds={"full_frames": False},
    waiting={"full_frames": 3},
    running=1,
    open_attempts=1,
    left_waiting=Sums(0),
    owed=Sums(0),
    open_jobs=(),
    newest_jobs=(),
    refusal=None,
    faults=("ok",),
)


def amiss(look: Look) -> list[Check]:
    found = (*queue_checks(look), *row_checks(look, frozenset({"full_frames", "crop_frames"})))
    return [check for check in found if check.state is not State.OK]


def test_a_healthy_queue_has_no_fault() -> None:
    assert amiss(HEALTHY) == []
    assert amiss(replace(HEALTHY, faults=None)) == []  # not asked is no fault
    assert amiss(replace(HEALTHY, daemon=Daemon(alive=True, pid=47))) == []  # it has just started


@pytest.mark.parametrize(
    ("change", "name", "state", "words"),
    [
        ({"daemon": replace(ALIVE, version="0.0.1")}, "daemon", "warn", "this is jobd"),
        ({"daemon": replace(ALIVE, not_leasing="disk full")}, "daemon", "warn", "disk full"),
        ({"daemon": replace(ALIVE, beat_at_ms=NOW_MS - 60_001)}, "daemon", "fail", "it hangs"),
        ({"wal": False}, "journal", "warn", "not in WAL mode"),
        ({"synchronous": 1}, "journal", "fail", "power loss"),
        ({"auto_vacuum": 0}, "journal", "warn", "never shrinks"),
        ({"wal_bytes": 64 * MIB + 1}, "wal", "warn", "a reader holds it"),
        ({"faults": ("page 3: broken", "b")}, "integrity", "fail", "page 3: broken; b"),
        ({"waiting": {"full_frames": 1, "ocr": 7}}, "kinds", "warn", "waiting jobs: 7 ocr$"),
        ({"kinds": {"full_frames": True}}, "kinds", "warn", "paused: full_frames"),
        ({"left_waiting": Sums(4, NOW_MS - 49 * HOUR_MS)}, "waiting", "warn", ": 4, one waits 2d"),
        ({"left_waiting": Sums(10_000, NOW_MS)}, "waiting", "warn", ": 10,000 or more, one"),
        (
            {"owed": Sums(2, NOW_MS - 2 * HOUR_MS)},
            "cancellations",
            "warn",
            ": 2, the first since 2h",
        ),
    ],
)
def test_one_fault_is_one_check(change: dict[str, Any], name: str, state: str, words: str) -> None:
    (found,) = amiss(replace(HEALTHY, **change))
    assert (found.name, found.state) == (name, state)
    assert re.search(words, found.text)
    assert found.mend


def test_without_a_daemon_what_runs_is_left_behind() -> None:
    dead = replace(HEALTHY, daemon=replace(ALIVE, alive=False))
    assert [check.name for check in amiss(dead)] == ["daemon", "orphans"]
    at_rest = replace(dead, running=0, open_attempts=0)
    assert [check.name for check in amiss(at_rest)] == ["daemon"]
    assert [check.name for check in amiss(replace(dead, running=0))] == ["daemon", "orphans"]


@pytest.mark.parametrize(
    ("payload", "keys"),
    [
        ('{"dbPath": "/v/a.db", "videoPath": "/v/a.mp4"}', "dbPath videoPath"),
        ('{"dbPath": "/v/a.db", "outputDir": "/v/out"}', "dbPath"),
        ('{"dbPath": "/v/a.db", "outputDir": "/v/out", "store": "files"}', "dbPath outputDir"),
        ('{"dbPath": "a.db", "videoPath": "/v/../a.mp4"}', ""),
        ('{"dbPath": "/a\\u0000b", "videoPath": 7}', ""),
        ('{"dbPath": "/v//a.db"}', ""),
        ('{"dbPath": "/v/\\ud800/a.db"}', ""),
        ("[1]", ""),
        ("no JSON", ""),
    ],
)
def test_only_what_a_job_would_use_is_a_path(payload: str, keys: str) -> None:
    assert " ".join(named_paths(payload)) == keys

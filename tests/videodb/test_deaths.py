"""An attempt killed at any of its commits leaves the app a whole table, and the next its way."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.videodb.fence import Target
from tests.support.appdb import make_video_db, read_row, read_rows
from tests.support.videojob import command, run_attempt, work

if TYPE_CHECKING:
    from typing import Literal

ROOT = Path(__file__).parents[2]
WHOLE = {"full_frames": "processing_complete", "cropped_frames": "complete"}
STATUS = {"full_frames": "processing_status", "cropped_frames": "crop_frames_status"}


def _held(path: Path, target: Target) -> tuple[int, bool]:
    row = read_rows(
        path, "SELECT attempt_id, published FROM jobd_fence WHERE target = ?", (target,)
    )
    return row[0]["attempt_id"], bool(row[0]["published"])


@pytest.mark.parametrize("target", list(Target))
def test_killed_at_every_commit(
    tmp_path: Path, journal: Literal["delete", "wal"], target: Target
) -> None:
    path = make_video_db(tmp_path / "annotations.db", journal)
    run_attempt(path, target, work(1, job_id=1), 5)
    shown, code, die_at = 1, -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        die_at += 1
        attempt_id = die_at + 1
        code = subprocess.run(
            command(path, target, attempt_id, 8, die_at), cwd=ROOT, check=False
        ).returncode
        found = read_rows(
            path, f"SELECT count(*) AS n, min(width) AS low, max(width) AS high FROM {target}"
        )[0]
        assert found["low"] == found["high"] in {shown, attempt_id}
        assert found["n"] == (5 if found["low"] == 1 else 8)
        shown = found["low"]
        holder, published = _held(path, target)
        assert published is (holder == shown)
        assert read_rows(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert code == 0
    assert die_at > 8, "it died in takes, stages, publishes and removals"
    assert shown == attempt_id
    assert read_row(path, STATUS[target])["status"] == WHOLE[target]
    assert read_rows(path, "SELECT 1 FROM sqlite_schema WHERE name GLOB 'jobd_stage*'") == []

"""The app in processes of its own, reading and writing while a job publishes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from tests.support.appdb import make_video_db, read_rows
from tests.support.appprocess import beside
from tests.support.videojob import command, run_attempt, work

if TYPE_CHECKING:
    from tests.support.appprocess import Role

ROOT = Path(__file__).parents[2]
FULL, CROPPED = Target.FULL_FRAMES, Target.CROPPED_FRAMES


@pytest.mark.parametrize(
    ("target", "role"),
    [(FULL, "watch_full"), (CROPPED, "watch_cropped"), (CROPPED, "watch_index")],
)
def test_a_reader_never_sees_two_runs_at_once(path: Path, target: Target, role: Role) -> None:
    runs = {attempt_id: 150 + attempt_id for attempt_id in range(1, 9)}
    with beside(role, path) as told:
        for attempt_id, count in runs.items():
            run_attempt(path, target, work(attempt_id, job_id=attempt_id), count, time.sleep)
    whole = [[runs[n], n, n] for n in runs]
    nothing_yet = [0, None, None]
    assert told.failures == []
    assert [seen for seen in told.seen if seen not in [nothing_yet, *whole]] == []
    assert [seen for seen in told.seen if seen in whole] == sorted(
        (seen for seen in told.seen if seen in whole), key=lambda seen: seen[1]
    )
    assert len(told.seen) > 2, "it looked while the runs went by"
    assert told.seen[-1] == whole[-1]


@pytest.mark.timeout(300)
def test_reader_and_writer_go_on_beside_a_large_job(path: Path) -> None:
    run_attempt(path, CROPPED, work(1, job_id=1), 6000)
    with beside("watch_index", path) as reader, beside("save_captions", path) as writer:
        run_attempt(path, CROPPED, work(2, job_id=2), 6000, time.sleep)
    assert (reader.failures, writer.failures) == ([], [])
    assert reader.seen == [[6000, 1, 1], [6000, 2, 2]]
    assert min(reader.times, writer.times) > 20
    assert max(reader.longest_s, writer.longest_s) < 4
    saved = read_rows(path, "SELECT count(*) AS n FROM captions")
    assert saved == [{"n": writer.times}]


def test_one_slow_reader_does_not_stall_the_others(
    tmp_path: Path, journal: Literal["delete", "wal"]
) -> None:
    path = make_video_db(tmp_path / "annotations.db", journal)
    with open_video_db(path, busy_timeout_ms=60_000) as video:
        video.prepare()
    held_s = 4.0
    with beside("watch_index", path) as told:
        with beside("hold", path):
            began_s = time.monotonic()
            job = subprocess.Popen(command(path, CROPPED, 1, 10), cwd=ROOT)
            time.sleep(held_s)
        assert job.wait() == 0
        assert time.monotonic() - began_s >= held_s
    assert told.failures == []
    assert told.longest_s < held_s / 2
    assert told.seen[-1] == [10, 1, 1]

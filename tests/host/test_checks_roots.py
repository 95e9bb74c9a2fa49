"""Roots, and rows whose paths lie elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobd.handlers.paths import Root
from jobd.host.check import State
from jobd.host.checks_roots import (
    judge_paths,
    judge_queue_folder,
    judge_roots,
    root_checks,
    roots_to_add,
)
from jobd.host.look import JobPaths

SRV = Root(Path("/srv/app"), Path("/disk/app"))


def job(job_id: int, **paths: str) -> JobPaths:
    return JobPaths(job_id, paths)


@pytest.mark.parametrize(
    ("paths", "roots"),
    [
        (["/mnt/v1/a.db"], ["/mnt/v1"]),
        (["/mnt/v1/a.db", "/mnt/v1/a.mp4"], ["/mnt/v1"]),
        (["/mnt/videos/v1/a.db", "/mnt/videos/v2/a.db"], ["/mnt/videos"]),
        (["/mnt/v1/a.db", "/data/v1/a.mp4"], ["/data/v1", "/mnt/v1"]),
        (["/a.db"], []),
        ([], []),
    ],
)
def test_the_narrowest_roots_are_named(paths: list[str], roots: list[str]) -> None:
    assert roots_to_add(map(Path, paths)) == list(map(Path, roots))


def test_a_row_outside_is_told_the_whole_flag() -> None:
    inside = job(1, dbPath="/srv/app/v1/a.db", videoPath="/disk/app/v1/a.mp4")
    assert judge_paths([SRV], [inside]).state is State.OK
    outside = [job(number, dbPath=f"/mnt/v/{number}/a.db") for number in range(2, 8)]
    found = judge_paths([SRV], [inside, *outside])
    assert found.state is State.FAIL
    assert "/mnt/v/2/a.db (job 2)" in found.text
    assert found.text.endswith(" and 3 more")
    assert found.mend == "add the root, or a folder above it: --roots /srv/app:/mnt/v"


@pytest.mark.parametrize(
    ("paths", "state"),
    [
        ({"dbPath": "/srv/app/v1/a.db"}, State.OK),
        ({"dbPath": "/srv/app/a.db"}, State.FAIL),  # beside the queue
        ({"dbPath": "/disk/app/a.db"}, State.FAIL),  # the same by another name
        ({"videoPath": "/srv/app/a.mp4"}, State.OK),  # is only read
        ({"dbPath": "/srv/app/v1/a.db", "outputDir": "/srv/app/out"}, State.FAIL),
        ({"dbPath": "/mnt/a.db"}, State.OK),  # refused already, as outside
    ],
)
def test_no_job_may_write_where_the_queue_lies(paths: dict[str, str], state: State) -> None:
    found = judge_queue_folder([SRV], Path("/disk/app/jobs.db"), [job(1, **paths)])
    assert found.state is state
    below = judge_queue_folder([SRV], Path("/disk/app/deep/er/jobs.db"), [job(1, **paths)])
    assert below.state is state


@pytest.mark.parametrize(
    ("lack", "state"),
    [("", State.OK), ("may not be written", State.WARN), ("may not be read", State.FAIL)],
)
def test_a_root_that_cannot_be_used_is_named(lack: str, state: State) -> None:
    found = judge_roots({Path("/a"): "", Path("/b"): lack})
    assert found.state is state
    assert "/b" in found.text


def test_roots_are_looked_at_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    queue = tmp_path / "jobs.db"
    missing, no_folder = tmp_path / "missing", tmp_path / "file"
    roots = next(root_checks([tmp_path, missing, no_folder], queue, []))
    assert roots.state is State.FAIL
    assert f"{missing} cannot be used (No such file or directory)" in roots.text
    assert f"{no_folder} is no folder" in roots.text
    assert next(root_checks([tmp_path], queue, [])).state is State.OK

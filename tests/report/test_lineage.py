"""What became of a video."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobd.report.lineage import groups, tree
from jobd.report.view import View
from tests.report.test_rows import NOW_MS, WAITING

if TYPE_CHECKING:
    from jobd.report.rows import Job

SIDES = {"left": 1, "top": 2, "right": 30, "bottom": 40}


def job(job_id: int, kind: str = "crop_frames", result: object = None, **payload: Any) -> Job:
    told = None if result is None else json.dumps(result)
    return replace(WAITING, id=job_id, kind=kind, payload=json.dumps(payload), result=told)


def crop(job_id: int, version: object, result: object = None) -> Job:
    more: dict[str, Any] = {} if version is None else {"cropBoundsVersion": version}
    return job(job_id, result=result, cropBounds=SIDES, **more)


def test_full_frames_then_the_newest_bounds() -> None:
    jobs = [crop(6, 2), crop(5, 10), job(4, "full_frames"), crop(3, 2), job(2, "full_frames")]
    found = [
        (group.kind, group.bounds_version, [j.id for j in group.jobs]) for group in groups(jobs)
    ]
    assert found == [
        ("full_frames", None, [4, 2]),
        ("crop_frames", 10, [5]),
        ("crop_frames", 2, [6, 3]),
    ]


@pytest.mark.parametrize(
    ("made", "version", "bounds"),
    [
        (crop(1, 3), 3, (1, 2, 30, 40)),
        (crop(1, None), None, (1, 2, 30, 40)),
        (crop(1, None, {"cropBoundsVersion": 4}), 4, (1, 2, 30, 40)),
        (crop(1, 3, {"cropBoundsVersion": 4}), 3, (1, 2, 30, 40)),
        (crop(1, "three"), None, (1, 2, 30, 40)),
        (job(1, cropBounds={"left": True}), None, None),
        (job(1, cropBounds=[1, 2]), None, None),
        (replace(WAITING, payload="no JSON"), None, None),
    ],
)
def test_the_bounds_of_a_crop(made: Job, version: int | None, bounds: object) -> None:
    (group,) = groups([made])
    assert (group.bounds_version, group.bounds) == (version, bounds)


def test_the_job_that_is_looked_at_is_marked_and_never_left_out() -> None:
    jobs = [job(n, "full_frames") for n in range(20, 0, -1)]
    lines = [line.plain for line in tree(jobs, NOW_MS, View(), this=3)]
    assert lines[0] == "full_frames"
    assert [line.split()[0] for line in lines[1:7]] == ["20", "19", "18", "17", "16", "15"]
    assert lines[7].startswith(">     3  ○ queued")
    assert lines[8:] == ["  … 13 earlier"]

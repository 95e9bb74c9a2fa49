"""One attempt at a video's table, as a function and as a process that can be killed.

Every picture says which attempt made it: its width is the attempt's id.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.videodb import fence
from jobd.videodb.database import VideoDb, open_video_db
from jobd.videodb.fence import Target, Work
from jobd.videodb.publish import drop_leftovers, publish
from jobd.videodb.stage import Crop, Image, Stage
from jobd.videodb.status import CropFramesStatus, FullFramesStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def work(attempt_id: int, *, job_id: int = 1, round_: int = 1, queue_id: str = "q1") -> Work:
    """An attempt by its id."""
    return Work(queue_id, attempt_id, job_id, round_)


def crop_of(target: Target, version: int) -> Crop | None:
    """Bounds where the target has such columns."""
    return Crop(10, 20, 110, 70, version) if target is Target.CROPPED_FRAMES else None


def in_haste(_: float) -> None:
    """No pauses between commits."""


def staged(
    video: VideoDb,
    target: Target,
    of: Work,
    count: int,
    *,
    size: int = 12_000,
    sleep: Callable[[float], None] = in_haste,
) -> Stage:
    """A stage with its pictures."""
    stage = Stage(video, target, of, crop_of(target, of.attempt_id), sleep=sleep)
    for k in range(count):
        stage.add(Image(k, bytes([of.attempt_id % 256]) * size, of.attempt_id, 50))
    stage.flush()
    return stage


def complete(video: VideoDb, target: Target) -> None:
    """The final word of either kind."""
    if target is Target.FULL_FRAMES:
        FullFramesStatus(video).complete("processing_complete")
    else:
        CropFramesStatus(video).complete()


def run_attempt(
    path: Path,
    target: Target,
    of: Work,
    count: int,
    sleep: Callable[[float], None] = in_haste,
    *,
    allowed_triggers: Sequence[str] = (),
) -> None:
    """The whole of an attempt, from the fence to the removal of the old rows."""
    with open_video_db(path, allowed_triggers=allowed_triggers) as video:
        _attempt(video, target, of, count, sleep=sleep)


def _attempt(
    video: VideoDb,
    target: Target,
    of: Work,
    count: int,
    *,
    size: int = 12_000,
    sleep: Callable[[float], None] = in_haste,
) -> None:
    video.prepare()
    if fence.take(video, target, of):
        return
    drop_leftovers(video, target, of)
    stage = staged(video, target, of, count, size=size, sleep=sleep)
    publish(stage, lambda: complete(video, target))


def killer(nth: int) -> Callable[[], bool]:
    """A commit hook that has the process killed in the nth commit, before it counts."""
    commits = 0

    def commit() -> bool:
        nonlocal commits
        commits += 1
        if commits == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    return commit


def _stop_at(video: VideoDb, nth: int) -> None:
    """Let the process be stopped before its nth transaction; somebody may wake it later."""
    transactions = 0

    def statement(_: object, sql: str, __: object) -> bool:
        nonlocal transactions
        transactions += sql.startswith("BEGIN")
        if transactions == nth and sql.startswith("BEGIN"):
            os.kill(os.getpid(), signal.SIGSTOP)
        return True

    video.db.exec_trace = statement


def command(  # noqa: PLR0917
    path: Path, target: Target, attempt_id: int, count: int, die_at: int = 0, stop_at: int = 0
) -> list[str]:
    """What starts an attempt as a process of its own; its pictures have 400,000 bytes each.

    Args:
        path: The video's database.
        target: What it replaces.
        attempt_id: Its lease.
        count: How many pictures.
        die_at: The commit in which it is killed; 0: none.
        stop_at: The transaction before which it is stopped; 0: none.
    """
    arguments = (str(path), target, str(attempt_id), str(count), str(die_at), str(stop_at))
    return [sys.executable, "-m", "tests.support.videojob", *arguments]


def main(path: str, target: str, *numbers: str) -> None:
    """An attempt at a job of its own, which may not live to its end."""
    attempt_id, count, die_at, stop_at = map(int, numbers)
    of = work(attempt_id, job_id=attempt_id)
    with open_video_db(Path(path)) as video:
        video.db.set_commit_hook(killer(die_at))
        _stop_at(video, stop_at)
        _attempt(video, Target(target), of, count, size=400_000)


if __name__ == "__main__":
    main(*sys.argv[1:])

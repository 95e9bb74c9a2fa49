"""Rows that nobody reads any more, removed in small steps.

Dropping a filled table at once would walk every page of it under the write lock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobd.videodb.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Target, Work

STEP_BYTES = 1_000_000


def stage_name(target: Target, attempt_id: int) -> str:
    """The staging table of one attempt; the target keeps two kinds of job apart."""
    return f"jobd_stage_{target}_{attempt_id}"


def drop_leftovers(
    video: VideoDb,
    target: Target,
    work: Work | None = None,
    *,
    pace: Pace | None = None,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Remove staging tables that dead attempts left.

    Args:
        video: An open, prepared database.
        target: Whose stages; those of the other target may be in use.
        work: The attempt that cleans up. The unpublished stage of a fence holder which
            is newer, or of another queue, is left alone; without work, any holder's.
        pace: How the steps are spread.
        tick: Called after every step: this can take a minute.

    Raises:
        VideoDeleted: The app deleted the video.
    """
    spared = _stage_in_use(video, target, work)
    pattern = re.compile(rf"jobd_stage_{target}_\d+")
    names = video.db.execute(video.sql["stages"]).fetchall()
    for (name,) in names:
        if pattern.fullmatch(str(name)) and name != spared:
            drop_stage(video, str(name), pace or Pace(), tick)


def _stage_in_use(video: VideoDb, target: Target, work: Work | None) -> str | None:
    """The stage that the fence's holder may be filling at this moment."""
    holder = video.row("fence_read", target=target)
    if holder is None:
        return None
    queue_id, attempt_id, published = str(holder[0]), int(str(holder[1])), bool(holder[2])
    ours = work is not None and work.queue_id == queue_id and work.attempt_id >= attempt_id
    return None if ours or published else stage_name(target, attempt_id)


def drop_stage(
    video: VideoDb, table: str, pace: Pace, tick: Callable[[], None] = lambda: None
) -> None:
    """Remove one staging table, about 1 MB of rows in each transaction; none is fine.

    Raises:
        VideoDeleted: The app deleted the video.
    """
    more = True
    while more:
        with pace.step(), video.writing():
            more = _drop_some(video, table)
        tick()


def _drop_some(video: VideoDb, table: str) -> bool:
    """Whether rows may remain."""
    if video.row("table_exists", table=table) is None:
        return False
    last = _last_of_step(video, table)
    if last is None:
        video.db.execute(video.sql["stage_drop"].format(stage=table))
        return False
    video.db.execute(video.sql["stage_delete"].format(stage=table), (last,))
    return True


def _last_of_step(video: VideoDb, table: str) -> int | None:
    """The frame up to which one step deletes; None for an empty table."""
    last, total = None, 0
    for frame_index, size in video.db.execute(video.sql["stage_sizes"].format(stage=table)):
        last, total = int(frame_index), total + int(size)
        if total >= STEP_BYTES:
            break
    return last

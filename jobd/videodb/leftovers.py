"""Rows that nobody reads any more, removed in small steps.

Dropping a filled table at once would walk every page of it under the write lock.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import apsw

from jobd.videodb.fence import Target
from jobd.videodb.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Work

STEP_BYTES = 4_000_000


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
    boxes: bool = True,
) -> None:
    """Remove staging tables that dead attempts left; one that is damaged stays.

    Args:
        video: An open, prepared database.
        target: Whose stages; those of the other target may be in use.
        work: The attempt that cleans up. The unpublished stage of a fence holder which
            is newer, or of another queue, is left alone; without work, any holder's.
        pace: How the steps are spread.
        tick: Called after every step: this can take a minute.
        boxes: Those of frames whose text was not read to the end, too.

    Raises:
        VideoDeleted: The app deleted the video.
    """
    spared = _stage_in_use(video, target, work)
    pattern = re.compile(rf"jobd_stage_{target}_\d+")
    names = video.db.execute(video.sql["stages"]).fetchall()
    for (name,) in names:
        if pattern.fullmatch(str(name)) and name != spared:
            with suppress(apsw.CorruptError, apsw.SQLError):  # it stays: nobody reads it
                drop_stage(video, str(name), pace or Pace(), tick)
    if boxes and target is Target.FULL_FRAMES:
        _drop_boxes(video, work)


def _drop_boxes(video: VideoDb, work: Work | None) -> None:
    """Unless they are those of the frames that the fence's holder reads at this moment."""
    if not any(video.row("table_exists", table=table) for table in ("jobd_ocr", "jobd_ocr_twin")):
        return
    with video.writing():
        if _stage_in_use(video, Target.FULL_FRAMES, work) is None:
            video.row("boxes_drop")
            video.row("twin_drop")


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
    """Remove one staging table, about 4 MB of rows in each transaction; none is fine.

    Raises:
        VideoDeleted: The app deleted the video.
    """
    after: int | None = -(2**63)
    while after is not None:
        after = _delete_some(video, table, after, pace)
        tick()


def _delete_some(video: VideoDb, table: str, after: int, pace: Pace) -> int | None:
    """Delete the rows of one step, or drop the table that has none left."""
    if video.row("table_exists", table=table) is None:
        return None
    last = _read_some(video, table, after)
    with pace.step(), video.writing():
        if video.row("table_exists", table=table) is None:
            return None
        if last is None:
            video.db.execute(video.sql["stage_drop"].format(stage=table))
        else:
            video.db.execute(video.sql["stage_delete"].format(stage=table), (last,))
    return last


def _read_some(video: VideoDb, table: str, after: int) -> int | None:
    """The frame up to which one step deletes; None when no row is left.

    Deleting a row reads all of its pages. Reading them here, row by row and with no lock
    kept, leaves a slow disk nothing to do while the app must wait.
    """
    statement = video.sql["stage_next"].format(stage=table)
    last, size = None, 0
    while size < STEP_BYTES:
        row = video.db.execute(statement, (after,)).get
        if row is None:
            break
        last = after = row[0]
        size += len(row[1]) if isinstance(row[1], bytes) else 0  # it bears our name, no more
    return last

"""Publish: one short transaction in which the app's table gets its new rows, all at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobd.videodb import fence
from jobd.videodb.fence import Target
from jobd.videodb.leftovers import drop_leftovers, drop_stage, stage_name
from jobd.videodb.pace import Pace
from jobd.videodb.swap import swap, swapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Work
    from jobd.videodb.stage import Stage

__all__ = ["drop_leftovers", "publish", "publish_without_frames", "publishing"]


def publish(
    stage: Stage, finish: Callable[[], None], tick: Callable[[], None] = lambda: None
) -> None:
    """Show the staged rows, then remove the old ones in small steps.

    Args:
        stage: What to show; what it has not yet committed is committed first.
        finish: Runs last before the commit, in its transaction: the final status, the
            layout, files renamed into place; or `fence.show`, where the work goes on.
        tick: Called while old rows are removed: that can take a minute.

    Raises:
        FenceLost: A newer attempt writes here now; nothing is shown.
        VideoDeleted: The app deleted the video.
        RetryableError: The app changed the table's definition meanwhile.
    """
    stage.flush()
    video = stage.video
    target, work = stage.target, stage.work
    with stage.pace.step(), swapping(video), publishing(video, target, work):
        if target is Target.FULL_FRAMES:
            video.row("ocr_delete")
            video.row("boxes_drop")
            video.row("twin_drop")
        swap(video, target, stage.table)
        finish()
    drop_stage(video, stage.table, stage.pace, tick)


def publish_without_frames(
    video: VideoDb, target: Target, work: Work, finish: Callable[[], None]
) -> None:
    """The same for work whose result lies elsewhere: status and fence alone.

    The app's rows stay as they are; a stage that this attempt has made is dropped.

    Raises:
        FenceLost: A newer attempt writes here now; `finish` is not called.
        VideoDeleted: The app deleted the video.
    """
    with publishing(video, target, work):
        finish()
    drop_stage(video, stage_name(target, work.attempt_id), Pace())


@contextmanager
def publishing(video: VideoDb, target: Target, work: Work) -> Iterator[None]:
    """The fence in hand and marked as published, and a commit that outlives a power loss.

    In DELETE mode the commit is the removal of the journal, and FULL leaves it open whether
    that survives: the queue could then know of frames that are gone. In WAL mode EXTRA and
    FULL are the same.
    """
    video.db.execute("PRAGMA synchronous = EXTRA")
    try:
        with fence.fenced(video, target, work):
            fence.mark_published(video, target, work)
            yield
    finally:
        video.db.execute("PRAGMA synchronous = FULL")

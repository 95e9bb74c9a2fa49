"""All boxes in the place of the app's, in a moment, however many there are.

Twenty boxes on each of ten thousand frames take half a second to insert. So they go into a twin of
the app's table first, in small steps, and the two exchange their rows as frames do.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from jobd.errors import FenceLost, RetryableError
from jobd.videodb import fence
from jobd.videodb.definition import definition_of, twin_statements
from jobd.videodb.fence import Target
from jobd.videodb.publish import publishing
from jobd.videodb.swap import swap, swapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Work
    from jobd.videodb.pace import Pace

_APPS, _TWIN = "full_frame_ocr", "jobd_ocr_twin"  # the second stands in video.sql
_TARGET = Target.FULL_FRAMES
_STEP_BOXES = 5000


def replace_boxes(
    video: VideoDb,
    work: Work,
    pace: Pace,
    finish: Callable[[], None],
    tick: Callable[[], None],
) -> None:
    """Show what jobd_ocr holds, mark the work as done, and clear up.

    Args:
        video: The video's database.
        work: The attempt; it holds the fence of full_frames.
        pace: How the steps are spread.
        finish: Writes the final status, in the transaction that shows the boxes.
        tick: Called after every step.

    Raises:
        FenceLost: A newer attempt writes here now; nothing is shown.
        VideoDeleted: The app deleted the video.
        RetryableError: The app changed the table's definition meanwhile, or dropped it.
    """
    _make(video, work)
    for after, last in pairwise(_bounds(video)):
        with pace.step(), fence.fenced(video, _TARGET, work):
            video.row("twin_fill", after=after, last=last)
        tick()
    with pace.step(), swapping(video), publishing(video, _TARGET, work):
        swap(video, _APPS, _TWIN)
        finish()
    with suppress(FenceLost), pace.step(), fence.fenced(video, _TARGET, work):  # else it is cleared
        video.row("twin_drop")
        video.row("boxes_drop")


def _make(video: VideoDb, work: Work) -> None:
    """A twin without rows, whose ids go on where the app's have come to."""
    with fence.fenced(video, _TARGET, work):
        video.row("twin_drop")
        definition = definition_of(video, _APPS)
        if definition is None:
            raise RetryableError(f"dbPath {video.path} was changed while the job ran: no {_APPS}")
        for statement in twin_statements(definition, _TWIN):
            video.db.execute(statement)
        if video.row("table_exists", table="sqlite_sequence") is not None:
            video.row("twin_ids")


def _bounds(video: VideoDb) -> list[int]:
    """Where each step ends; the first number lies before all frames."""
    bounds, last, boxes = [-1], -1, 0
    for last, count in video.db.execute(video.sql["boxes_frames"]):
        boxes += count
        if boxes >= _STEP_BOXES:
            bounds.append(last)
            boxes = 0
    return bounds if bounds[-1] == last else [*bounds, last]

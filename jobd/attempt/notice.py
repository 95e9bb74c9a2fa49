"""One status write for an attempt that has ended: between two tries, or for good."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from jobd.attempt.messages import End, Ended
from jobd.attempt.sandbox import shut_in
from jobd.errors import AttemptError
from jobd.handlers.access import access_for_notice
from jobd.handlers.payloads import database_of
from jobd.handlers.registry import handler_of
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.publish import drop_leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jobd.attempt.task import Notice, Task
    from jobd.videodb.database import VideoDb


def write_notice(task: Task, notice: Notice, report: Callable[[float], None]) -> Ended:
    """Tell the app how the attempt ended, and clear away what it left.

    Args:
        task: The attempt, or what is left of it.
        notice: What to say.
        report: Called while the clearing goes on; that can take a minute.

    Returns:
        PUBLISHED where this very work turns out to be published: it is done, whatever
        became of its process. CANCELLED where the video is gone. NOTED otherwise.

    Raises:
        PathRefused: The payload's dbPath may not be used.
        DatabaseRefused: It names no usable database.
        FenceLost: A newer attempt writes this video; its word stands.
    """
    named = database_of(task.payload)
    if named is None:
        return Ended(End.NOTED, error="the payload names no dbPath")
    options = task.options
    with access_for_notice(named, options.roots, options.queue_folder) as access:
        path = access.db_path
        if not path.parent.exists():
            return Ended(End.CANCELLED, error=f"the video was deleted: {path.parent} is gone")
        shut_in(access, options.walls)
        return _write(task, path, notice, report)


def _write(task: Task, path: Path, notice: Notice, report: Callable[[float], None]) -> Ended:
    work = fence.Work(task.queue_id, task.attempt_id, task.job_id, task.round)
    target = fence.Target(handler_of(task.kind).target)
    with open_video_db(path, allowed_triggers=task.options.allowed_triggers) as video:
        if video.gone():
            return Ended(End.CANCELLED, error="the video was deleted")
        video.prepare()
        done = fence.published(video, target, work)
        if not done:
            with fence.notice(video, target, work):
                _say(task, video, notice)
        if done or notice.word == "failed":  # else the next attempt clears up
            with _leftovers_may_stay(done):
                drop_leftovers(video, target, work, tick=lambda: report(1.0))
    return Ended(End.PUBLISHED if done else End.NOTED)


@contextmanager
def _leftovers_may_stay(done: bool) -> Iterator[None]:  # noqa: FBT001 - a fact, no switch
    """Work that is published is done, even where old rows cannot be read to be removed."""
    try:
        yield
    except (apsw.Error, AttemptError):
        if not done:
            raise


def _say(task: Task, video: VideoDb, notice: Notice) -> None:
    status = handler_of(task.kind).load_status()(video)
    if notice.word == "waiting":
        status.waiting()
    else:
        details = {"jobId": task.job_id, "attempt": task.number, "reason": notice.message}
        status.failed(notice.message, details)

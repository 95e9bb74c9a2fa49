"""From a wish to a row: its payload as the app's own calls make it, and its way into the queue."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jobd.adopt.look import SQL
from jobd.errors import NotReadable, PayloadRefused
from jobd.handlers.payloads import parse
from jobd.handlers.registry import handler_of
from jobd.videodb.database import open_video_db

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from jobd.adopt.decide import Wish
    from jobd.adopt.look import Video
    from jobd.queue.file import Queue


@dataclass(frozen=True, slots=True)
class Job:
    """A row that is to be.

    Attributes:
        kind: Its kind.
        payload: Its payload, read once by the kind's model.
        database: The video's database.
        reason: Why it is queued.
    """

    kind: str
    payload: str
    database: Path
    reason: str


def job_of(video: Video, wish: Wish) -> Job:
    """What to queue; rates, versions and the like are left to jobd.

    Raises:
        NotReadable: The video's file is not there, or a payload cannot say what its rows say.
    """
    folder = video.database.parent
    if video.file is None:
        raise NotReadable(f"{folder}: no video lies beside the database")
    payload: dict[str, object] = {
        "videoId": video.video_id,
        "videoPath": str(video.file),
        "dbPath": str(video.database),
        "outputDir": str(folder / wish.kind),
    }
    if wish.kind == "crop_frames" and video.state.bounds:
        payload["cropBounds"] = asdict(video.state.bounds)
    text = json.dumps(payload)
    try:
        parse(handler_of(wish.kind).model, text.encode())
    except PayloadRefused as error:
        raise NotReadable(f"{folder}: {error}") from None
    return Job(wish.kind, text, video.database, wish.reason)


def put(queue: Queue, job: Job, allowed_triggers: Collection[str]) -> int | None:
    """Queue a job, and let the video say that it waits, as the app's client does.

    The video is locked around both: an attempt's first word cannot come before this one.

    Returns:
        The row's id; None where another program has queued the same meanwhile.

    Raises:
        AttemptError: The video cannot be written.
        QueueError: The queue cannot.
    """
    binds = {"kind": job.kind, "payload": job.payload, "target": str(job.database)}
    with open_video_db(job.database, allowed_triggers=allowed_triggers) as video:
        video.prepare()
        with video.writing():
            with queue.writing():
                rows = queue.db.execute(SQL["insert"], binds).fetchall()
            if rows:
                handler_of(job.kind).load_status()(video).waiting()
    return int(str(rows[0][0])) if rows else None

"""From the first characters of a video's id, as tables show it, to all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import NoSuchJob, UsageError
from jobd.report.text import decoded, harmless, is_utf8
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from jobd.queue.file import Queue

_STATEMENTS = Path(__file__).with_name("report.sql")
_NAMED = 3


def video_ids(queue: Queue, first: str) -> list[str]:
    """Those that begin so, in their order: as many as are named, and one more."""
    first = first.rstrip("…")
    if not is_utf8(first):
        return []
    binds = {"first": first, "beyond": f"{first}\U0010ffff", "count": _NAMED + 1}
    sql = load_blocks(_STATEMENTS)["video_ids"]
    return [decoded(video_id) for (video_id,) in queue.db.execute(sql, binds)]


def whole_id(queue: Queue, first: str) -> str:
    """The one video that is meant.

    Raises:
        NoSuchJob: No video's id begins so.
        UsageError: Several do.
    """
    ids = video_ids(queue, first)
    first = first.rstrip("…")
    if first in ids or len(ids) == 1:
        return first if first in ids else ids[0]
    if not ids:
        raise NoSuchJob(f"no job of a video '{harmless(first)}' in {queue.path}")
    raise UsageError(f"several videos begin with '{harmless(first)}': {named(ids)}")


def named(ids: list[str]) -> str:
    """Some of them, for a sentence (pure)."""
    return ", ".join(map(harmless, ids[:_NAMED])) + (" …" if len(ids) > _NAMED else "")

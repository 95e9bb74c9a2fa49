"""`python -m jobd inspect`: look at a queue, with or without a daemon.

Each look imports what it shows and no more: that is half of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from jobd.report.read import ALL, read_overview, reading_jobs
from jobd.report.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.report.view import View
    from jobd.report.wanted import Wanted

ROWS = 20
MOST = 10_000  # of a screen and of a document, which are made as a whole


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to see.

    Attributes:
        job_id: One job, whole; None: the queue, or a video.
        wanted: Which jobs.
        count: At most so many; None: all, but for MOST on a screen and in a document.
        as_json: A document for programs instead of a screen.
    """

    job_id: int | None = None
    wanted: Wanted = ALL
    count: int | None = ROWS
    as_json: bool = False


def inspect(db: Path, asked: Asked, clock: Clock, out: TextIO, view: View | None) -> bool:
    """Print the queue, one job of it, or a video's.

    Args:
        db: The queue file; it is only read, and nothing is created beside it.
        asked: What of it.
        clock: What "now" is.
        out: Where to print.
        view: The screen; None: a program reads, and jobs come as tab-separated lines.

    Returns:
        Whether jobs were left out that are meant as well.

    Raises:
        NoSuchJob: There is no row of that id, or none of that video.
        QueueError: There is no readable queue at the path.
        UsageError: The queue knows no such kind, or the video's id is not whole.
    """
    if asked.job_id is not None:
        return _job(db, asked.job_id, clock, out, view, as_json=asked.as_json)
    if asked.wanted.video is not None:
        return _video(db, asked, clock, out, view)
    if view is None and not asked.as_json:
        return _lines(db, asked, clock, out)
    return _queue(db, asked, clock, out, view)


def _lines(db: Path, asked: Asked, clock: Clock, out: TextIO) -> bool:
    from jobd.report.tsv import tsv

    with reading_jobs(db, clock, asked.count, asked.wanted) as found:
        _write(out, tsv(found.jobs, found.now_ms))
        return found.more


def _queue(db: Path, asked: Asked, clock: Clock, out: TextIO, view: View | None) -> bool:
    look = read_overview(db, clock, asked.count or MOST, asked.wanted)
    if asked.as_json or view is None:
        from jobd.report import document

        _write(out, [document.dumped(document.overview(look))])
    else:
        from jobd.report import screen

        _write(out, [screen.overview(look, view)])
    return look.more


def _job(
    db: Path, job_id: int, clock: Clock, out: TextIO, view: View | None, *, as_json: bool
) -> bool:
    from jobd.report.history import read_job

    history = read_job(db, clock, job_id)
    if as_json:
        from jobd.report import document

        _write(out, [document.dumped(document.job_document(history))])
    else:
        from jobd.report.job_screen import job_screen
        from jobd.report.view import View

        _write(out, [job_screen(history, view or View())])
    return False


def _video(db: Path, asked: Asked, clock: Clock, out: TextIO, view: View | None) -> bool:
    from jobd.report.history import read_video

    look = read_video(db, clock, asked.wanted, asked.count)
    if asked.as_json:
        from jobd.report import document

        _write(out, [document.dumped(document.video_document(look))])
    elif view is None:
        from jobd.report.tsv import tsv

        _write(out, tsv(look.jobs, look.now_ms))
    else:
        from jobd.report.video_screen import video_screen

        _write(out, [video_screen(look, view)])
    return look.more


def _write(out: TextIO, texts: Iterable[str]) -> None:
    out.writelines(encodable(text, out) for text in texts)

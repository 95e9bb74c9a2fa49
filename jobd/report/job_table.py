"""Jobs as a table: the columns that there is room for, and reasons below where they do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.brief import detail, reasons
from jobd.report.palette import style_of
from jobd.report.styled import Styled, joined, styled
from jobd.report.table import Column, room_left, table
from jobd.report.text import harmless, wrapped
from jobd.report.times import precisely, roughly, shortly, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobd.report.palette import Palette
    from jobd.report.rows import Job
    from jobd.report.view import View

_BROAD, _BROADEST, _ALL = 120, 180, 1 << 30
_INDENT = 4
_COLUMNS = (
    Column("JOB", right=True),
    Column("STATE"),
    Column("KIND", shrinks_to=11, from_width=56),
    Column("VIDEO", shrinks_to=8, from_width=50),  # --video takes an id's first characters
    Column("KEY", from_width=_ALL),
    Column("PRIO", right=True, from_width=_BROAD),
    Column("CREATED (UTC)", from_width=_BROADEST),
    Column("AGE", right=True),
    Column("TOOK", right=True, from_width=64),
    Column("ENDED", right=True, from_width=_BROAD),
    Column("TRY", right=True, from_width=64),
    Column("DETAIL", shrinks_to=6),
)

Lines = list[Styled]


def job_table(
    jobs: Sequence[Job], now_ms: int, view: View, paused: tuple[str, ...] = ()
) -> tuple[Styled, list[Lines]]:
    """Lay out jobs.

    Args:
        jobs: In the order in which they are shown.
        now_ms: The moment.
        view: How wide, and with which signs.
        paused: The kinds of which none is started.

    Returns:
        The heading, and one to three lines for each job.
    """
    width = _ALL if view.wide else view.width
    columns, cells = _shown(jobs, now_ms, view.palette, width)
    room = room_left(columns, cells, width)
    below: list[Lines] = []
    for job, row in zip(jobs, cells, strict=True):
        words, whys = detail(job, now_ms, room, paused), reasons(job, now_ms)
        row[-1], lines_below = _placed(words, whys, room, width - _INDENT)
        below.append([styled(" " * _INDENT) + line for line in lines_below])
    heading, *lines = table(columns, cells, width)
    return heading, [[line, *more] for line, more in zip(lines, below, strict=True)]


def _shown(
    jobs: Sequence[Job], now_ms: int, palette: Palette, width: int
) -> tuple[list[Column], list[Lines]]:
    """The columns that so wide a terminal shows, and their cells."""
    places = [at for at, column in enumerate(_COLUMNS) if column.from_width <= width]
    took = shortly if width < _BROAD else precisely
    rows = [_cells(job, now_ms, palette, took) for job in jobs]
    return [_COLUMNS[at] for at in places], [[row[at] for at in places] for row in rows]


def _cells(job: Job, now_ms: int, palette: Palette, took: Callable[[int], str]) -> Lines:
    state = job.shown_as(now_ms)
    took_ms, ended_at_ms = job.took_ms(now_ms), job.finished_at_ms
    texts = (
        harmless(job.kind),
        harmless(job.video_id or "-"),
        harmless(job.unique_key or "-"),
        str(job.priority),
        stamp(job.created_at_ms),
        roughly(now_ms - job.created_at_ms),
        "-" if took_ms is None else took(took_ms),
        "-" if ended_at_ms is None else roughly(now_ms - ended_at_ms),
        f"{job.attempts}/{job.max_attempts}",
        "",
    )
    sign = styled(f"{palette.sign(state)} {state}", style_of(state))
    return [styled(str(job.id)), sign, *map(styled, texts)]


def _placed(
    words: Styled, whys: Sequence[Styled], room: int, room_below: int
) -> tuple[Styled, Lines]:
    """The detail's cell, and below it the reason, where the cell cannot hold both.

    Args:
        words: How far the job is.
        whys: Its reason, from its longest wording to its shortest; none: there is none.
        room: Columns of the cell.
        room_below: Columns of a line below.
    """
    for why in whys:
        both = joined(": ", [words, why])
        if both.width <= room:
            return both, []
    return words, _below(whys, room_below)


def _below(whys: Sequence[Styled], room: int) -> Lines:
    """The longest wording that fits a line, or else two lines of the whole."""
    fitting = [why for why in whys if why.width <= room]
    if fitting or not whys:
        return fitting[:1]
    ((text, style),) = whys[0].pieces
    first, *more = wrapped(text, room)
    return [styled(line, style).clipped(room) for line in (first, " ".join(more)) if line]

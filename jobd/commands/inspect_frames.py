"""`inspect frames`: a contact sheet of what a job made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_queue, queue_path, whole_number
from jobd.errors import UsageError
from jobd.report.brief import payload_of
from jobd.report.history import read_job
from jobd.report.wanted import span_ms

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd inspect frames 7 -o sheet.png --every 10s --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which job, and where to."""
    add_queue(parser)
    parser.add_argument("id", type=whole_number, metavar="ID", help="the job")
    parser.add_argument(
        "-o", type=Path, metavar="PATH", help="the picture to write (default: job-ID.png)"
    )
    parser.add_argument(
        "--every", metavar="SPAN", help="a frame every so often, up to 120 (default: 24 of all)"
    )
    parser.add_argument("--boxes", action="store_true", help="mark the text that was read on them")


def run(args: dict[str, Any]) -> int:
    """Draw it, and say what was drawn.

    Raises:
        UsageError: --every is no span, or the picture cannot be written.
        NoSuchJob: There is no row of that id.
        NoFrames: There is nothing to draw.
    """
    from jobd.sheet.make import make_sheet
    from jobd.sheet.work import work_of

    every_s = None if args["every"] is None else _every_s(args["every"])
    history = read_job(queue_path(args), SystemClock(), args["id"])
    work = work_of(args["id"], history.job.kind, payload_of(history.job))
    out = args["o"] or Path(f"job-{args['id']}.png")
    print(make_sheet(work, history.queue_id, out, every_s, boxes=args["boxes"]))
    return 0


def _every_s(text: str) -> Fraction:
    every_ms = span_ms(text)
    if every_ms == 0:
        raise UsageError(f"--every {text}: a frame every so often is more than none")
    return Fraction(every_ms, 1000)

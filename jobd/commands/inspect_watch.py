"""`inspect watch`: the queue or one job, live."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_filters, add_queue, queue_path, wanted_of, whole_number
from jobd.errors import UsageError
from jobd.report.redraw import Redraw
from jobd.report.resizes import resizes
from jobd.report.view import View, can_redraw, view_of
from jobd.report.watch import Watched, as_lines, on_screen, watch

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd inspect watch 7 --exit-status --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which queue, which job, and what its end means."""
    add_queue(parser)
    parser.add_argument(
        "id", nargs="?", type=whole_number, metavar="ID", help="one job, until it has ended"
    )
    add_filters(parser)
    parser.add_argument(
        "--exit-status", action="store_true", help="exit code 1 where the job did not complete"
    )


def run(args: dict[str, Any]) -> int:
    """Watch, until the job has ended or Ctrl-C.

    Raises:
        UsageError: What is asked for contradicts itself.
    """
    clock = SystemClock()
    watched = Watched(queue_path(args), clock, args["id"], wanted_of(args, clock.now_ms()))
    if watched.job_id is not None and not watched.wanted.is_all:
        raise UsageError("an ID is one job: leave the filters out")
    if watched.job_id is None and args["exit_status"]:
        raise UsageError("--exit-status is about one job: name its ID")
    status = _watch(watched)
    return int(args["exit_status"] and status != "completed")


def _watch(watched: Watched) -> str:
    if not can_redraw(sys.stdout, os.environ):
        return watch(watched, as_lines(sys.stdout))
    with resizes() as resized, Redraw(sys.stdout) as redraw:
        return watch(watched, on_screen(redraw, _view), [resized])


def _view() -> View:
    return view_of(sys.stdout, os.environ) or View()

"""`inspect`: the queue, one job, or one video."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.check import add_check, run_check
from jobd.commands.flags import add_filters, add_queue, count, queue_path, wanted_of, whole_number
from jobd.errors import UsageError
from jobd.report.inspect import ROWS, Asked, inspect
from jobd.report.view import view_of

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from jobd.report.view import View

EXAMPLE = "python -m jobd inspect --db /srv/app/jobs.db --status failed --since 2h"


def add_flags(parser: ArgumentParser) -> None:
    """Which queue, which jobs, for whom."""
    add_queue(parser)
    parser.add_argument("id", nargs="?", type=whole_number, metavar="ID", help="one job, whole")
    add_filters(parser)
    parser.add_argument(
        "-n",
        type=count,
        metavar="COUNT",
        help=f"at most so many jobs, 0 for all (a terminal: what fits; else {ROWS})",
    )
    parser.add_argument("--wide", action="store_true", help="all columns, nothing cut")
    parser.add_argument("--json", action="store_true", help="for programs (docs/inspect-json.md)")
    add_check(parser)


def run(args: dict[str, Any]) -> int:
    """Print it.

    Raises:
        UsageError: What is asked for contradicts itself.
    """
    if (code := run_check(args)) is not None:
        return code
    clock = SystemClock()
    view = view_of(sys.stdout, os.environ)
    asked = _asked(args, clock.now_ms(), view)
    if view is not None:
        view = replace(view, wide=args["wide"], height=view.height if args["n"] is None else None)
    more = inspect(queue_path(args), asked, clock, sys.stdout, view)
    if more and view is None and not asked.as_json:
        these = "this job" if asked.count == 1 else f"these {asked.count} jobs"
        print(f"jobd: more than {these}: -n 0 prints all", file=sys.stderr)
    return 0


def _asked(args: dict[str, Any], now_ms: int, view: View | None) -> Asked:
    wanted, most = wanted_of(args, now_ms), args["n"]
    if args["id"] is not None and not (wanted.is_all and most is None):
        raise UsageError("an ID is one job: leave the filters and -n out")
    if most is None and wanted.video is None:
        most = view.height if view is not None and view.height and not args["json"] else ROWS
    return Asked(args["id"], wanted, most or None, as_json=args["json"])

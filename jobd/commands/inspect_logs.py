"""`inspect logs`: what was said of one job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_queue, count, queue_path, whole_number
from jobd.report.logs import LEVELS, Lines
from jobd.report.show_logs import Printer, follow_logs, show_logs

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd inspect logs 7 -f --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which job, which of its lines, for how long."""
    add_queue(parser)
    parser.add_argument("id", type=whole_number, metavar="ID", help="the job")
    parser.add_argument(
        "-f",
        "--follow",
        action="store_true",
        help="go on until the job has ended; Ctrl-C ends it before (exit code 130)",
    )
    parser.add_argument("--attempt", type=whole_number, metavar="N", help="of this attempt alone")
    parser.add_argument(
        "--level", choices=LEVELS, default=LEVELS[0], help="this level and those above it"
    )
    parser.add_argument("-n", type=count, metavar="COUNT", help="only so many lines, the last ones")
    parser.add_argument("--json", action="store_true", help="for programs (docs/inspect-json.md)")


def run(args: dict[str, Any]) -> int:
    """Print it."""
    path, clock = queue_path(args), SystemClock()
    wanted = Lines(args["id"], args["attempt"], args["level"])
    printer = Printer(sys.stdout, args["id"], as_json=args["json"])
    ended = show_logs(path, clock, wanted, args["n"], printer)
    if args["follow"] and not ended:
        follow_logs(path, clock, wanted, printer)
    if printer.last is None:
        what = "nothing" if wanted.level == LEVELS[0] else "nothing of that level"
        print(f"jobd: {what} was said of job {args['id']}", file=sys.stderr)
    return 0

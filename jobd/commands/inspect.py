"""`inspect`: the queue, or one job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.check import add_check, run_check
from jobd.commands.flags import add_queue, queue_path
from jobd.report.inspect import inspect

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd inspect --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which queue, which job, for whom."""
    add_queue(parser)
    parser.add_argument("id", nargs="?", type=int, metavar="ID", help="one job, whole")
    parser.add_argument("--json", action="store_true", help="for programs (docs/inspect-json.md)")
    add_check(parser)


def run(args: dict[str, Any]) -> int:
    """Print it."""
    if (code := run_check(args)) is not None:
        return code
    path = queue_path(args)
    return inspect(path, args["id"], as_json=args["json"], clock=SystemClock(), out=sys.stdout)

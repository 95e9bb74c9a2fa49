"""What the commands share that change jobs: which ones, and a yes."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_filters, add_queue, queue_path, wanted_of
from jobd.steer.asking import Terminal
from jobd.steer.chosen import chosen
from jobd.steer.jobs import steer

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from jobd.steer.chosen import Chosen
    from jobd.steer.verdict import Verb


def add_chosen(parser: ArgumentParser) -> None:
    """Jobs by their ids, or by filters with a yes."""
    add_queue(parser)
    parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="these jobs")
    add_filters(parser)
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--dry-run", action="store_true", help="say it all, change nothing")


def chosen_of(args: dict[str, Any], now_ms: int) -> Chosen:
    """What they say.

    Raises:
        UsageError: No job is named, or in two ways.
    """
    wanted = wanted_of(args, now_ms)
    return chosen(args["ids"], wanted, yes=args["yes"], dry_run=args["dry_run"])


def terminal() -> Terminal:
    """This process's; somebody answers only where both ends are one."""
    somebody = sys.stdin.isatty() and sys.stdout.isatty()
    return Terminal(sys.stdout, input if somebody else None, time.sleep)


def run_verb(verb: Verb, args: dict[str, Any]) -> int:
    """Cancel or retry."""
    clock = SystemClock()
    chosen_jobs = chosen_of(args, clock.now_ms())
    return steer(verb, queue_path(args), chosen_jobs, clock, terminal())

"""What the commands share that change jobs: which ones, and a yes."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_filters, add_queue, queue_path, wanted_of, whole_number
from jobd.steer.asking import Terminal
from jobd.steer.chosen import chosen
from jobd.steer.which import BY_ITSELF, MAY_NAME, Asked

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from jobd.steer.which import Verb


def add_chosen(parser: ArgumentParser, verb: Verb) -> None:
    """Jobs by their ids, or by filters with a yes."""
    add_queue(parser)
    parser.add_argument("ids", nargs="*", type=whole_number, metavar="ID", help="these jobs")
    all_of_them = BY_ITSELF[verb] == MAY_NAME[verb]
    meant = "all of these" if all_of_them else ", ".join(BY_ITSELF[verb])
    states = f"{', '.join(MAY_NAME[verb])}; without it {meant}"
    add_filters(parser, states, video="its whole id")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--dry-run", action="store_true", help="say it all, change nothing")


def asked_of(verb: Verb, args: dict[str, Any], *, by_time: bool | None = None) -> Asked:
    """What they say.

    Args:
        verb: What is to be done.
        args: The flags.
        by_time: Whether a time says which jobs; None: this command knows none.

    Raises:
        UsageError: No job is named, or in two ways.
    """
    clock = SystemClock()
    now_ms = clock.now_ms()
    wanted = wanted_of(args, now_ms)
    jobs = chosen(args["ids"], wanted, yes=args["yes"], dry_run=args["dry_run"], by_time=by_time)
    return Asked(verb, queue_path(args), jobs, clock, terminal(), now_ms)


def terminal() -> Terminal:
    """This process's; somebody answers only where both ends are one."""
    somebody = sys.stdin.isatty() and sys.stdout.isatty()
    return Terminal(sys.stdout, input if somebody else None, time.sleep)

"""`pause`: start no more jobs of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_queue, queue_path
from jobd.commands.steering import terminal
from jobd.steer.pause import pause

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd pause full_frames --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which kinds."""
    add_queue(parser)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="these kinds (all)")


def run(args: dict[str, Any]) -> int:
    """Do it; it holds until it is undone, also over a restart."""
    return pause(queue_path(args), args["kinds"], SystemClock(), terminal(), paused=True)

"""`cancel`: stop what waits or runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.commands.steering import add_chosen, asked_of
from jobd.steer.jobs import steer

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd cancel 7 8 --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which jobs."""
    add_chosen(parser, "cancel")


def run(args: dict[str, Any]) -> int:
    """Do it, and say of each job what was done."""
    return steer("cancel", asked_of("cancel", args))

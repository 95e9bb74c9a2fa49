"""`retry`: queue again what has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.commands.steering import add_chosen, asked_of
from jobd.steer.jobs import steer

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd retry --status failed --since 2h --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which jobs."""
    add_chosen(parser, "retry")


def run(args: dict[str, Any]) -> int:
    """Do it, and say of each job what was done."""
    return steer("retry", asked_of("retry", args))

"""`retry`: queue again what has ended."""

from __future__ import annotations

from typing import Any

from jobd.commands.steering import add_chosen, asked_of
from jobd.steer.jobs import steer

EXAMPLE = "python -m jobd retry --status failed --since 2h --db /srv/app/jobs.db"

add_flags = add_chosen


def run(args: dict[str, Any]) -> int:
    """Do it, and say of each job what was done."""
    return steer("retry", asked_of("retry", args))

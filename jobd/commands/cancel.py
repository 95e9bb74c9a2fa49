"""`cancel`: stop what waits or runs."""

from __future__ import annotations

from typing import Any

from jobd.commands.steering import add_chosen, asked_of
from jobd.steer.jobs import steer

EXAMPLE = "python -m jobd cancel 7 8 --db /srv/app/jobs.db"

add_flags = add_chosen


def run(args: dict[str, Any]) -> int:
    """Do it, and say of each job what was done."""
    return steer("cancel", asked_of("cancel", args))

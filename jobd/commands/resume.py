"""`resume`: start jobs of a kind again."""

from __future__ import annotations

from typing import Any

from jobd.clock import SystemClock
from jobd.commands import pause
from jobd.commands.flags import queue_path
from jobd.commands.steering import terminal
from jobd.steer import pause as steer

EXAMPLE = "python -m jobd resume full_frames --db /srv/app/jobs.db"


add_flags = pause.add_flags


def run(args: dict[str, Any]) -> int:
    """Do it; it holds until it is undone, also over a restart."""
    return steer.pause(queue_path(args), args["kinds"], SystemClock(), terminal(), paused=False)

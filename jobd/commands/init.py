"""`init`: the queue file."""

from __future__ import annotations

from typing import Any

from jobd.commands.flags import add_queue, settings_of
from jobd.commands.kinds import kinds
from jobd.queue.create import create

EXAMPLE = "python -m jobd init --db /srv/app/jobs.db"

add_flags = add_queue


def run(args: dict[str, Any]) -> int:
    """Make it, unless it is there."""
    path = settings_of(args).db
    known = path.exists()
    create(path, kinds())
    print(f"{path} is a queue already" if known else f"made {path}")
    return 0

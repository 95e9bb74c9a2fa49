"""The kinds of job, as a queue file is told of them."""

from __future__ import annotations

from jobd.handlers.registry import handlers
from jobd.queue.kinds import Kind


def kinds() -> list[Kind]:
    """One for each handler."""
    return [
        Kind(
            name=handler.kind,
            required=handler.required(),
            payload_schema=handler.payload_schema(),
            priority=handler.priority,
            yields_slot=handler.yields_slot,
            supersedes_running=handler.supersedes_running,
        )
        for handler in handlers()
    ]

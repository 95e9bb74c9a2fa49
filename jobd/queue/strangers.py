"""What the queue's file lacks, and triggers and views in it that are not of jobd's making."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import apsw

from jobd.errors import QueueError
from jobd.queue.create import schema_sql

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from jobd.queue.file import Queue
    from jobd.queue.kinds import Kind


def refuse_gaps(queue: Queue) -> None:
    """Demand every column and index, before a job is started that could not be settled.

    Raises:
        QueueError: One is missing; the first is named.
    """
    found = {part for (part,) in queue.run("parts")}
    for (part,) in _model((), queue.sql["parts"]):
        if part not in found:
            raise QueueError(
                f"{queue.path} lacks the {part}; put it right as `python -m jobd schema` says"
            )


def refuse_strangers(queue: Queue, kinds: Sequence[Kind], allowed: Collection[str]) -> None:
    """Demand that nothing runs with our writes but what the schema says.

    Args:
        queue: Open, its kinds registered.
        kinds: Those registered.
        allowed: Names of triggers that may be there, and of ours that may be changed.

    Raises:
        QueueError: One is missing, changed, or nobody's that we know; it is named.
    """
    found, ours = dict(queue.run("rules")), dict(_model(kinds, queue.sql["rules"]))
    for name in sorted(found.keys() | ours.keys()):
        if found.get(name) != ours.get(name) and name not in allowed:
            raise QueueError(
                f"{queue.path} {_fault(name in found, name in ours)} trigger or view: {name};"
                " put it right as `python -m jobd schema` says, or name it in 'allow_triggers'"
            )


def _fault(there: bool, known: bool) -> str:  # noqa: FBT001 - the two halves of a table
    if not there:
        return "lacks a"
    return "has a changed" if known else "has a strange"


def _model(kinds: Sequence[Kind], query: str) -> list[tuple[Any, ...]]:
    """What a query says of a queue as it is made new."""
    with closing(apsw.Connection(":memory:")) as model:
        model.execute(schema_sql(kinds)).fetchall()
        return model.execute(query).fetchall()

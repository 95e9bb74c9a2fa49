"""The kinds of job that a queue takes: rows, and generated triggers that speak their names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.queue.file import Queue

Row = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job.

    Attributes:
        name: The word in the row.
        required: Keys that a payload must have.
        payload_schema: JSON Schema of the payload.
        priority: Of rows that name none; higher goes first.
        yields_slot: Leaves one of several slots to the other kinds.
        supersedes_running: A newer row of the same unique_key cancels a running one.
    """

    name: str
    required: tuple[str, ...]
    payload_schema: str
    priority: int = 0
    yields_slot: bool = False
    supersedes_running: bool = False


def register(queue: Queue, kinds: Sequence[Kind], concurrency: int) -> None:
    """Make the queue take these kinds and no others; without a difference nothing is written.

    Args:
        queue: The queue.
        kinds: All kinds there are handlers for.
        concurrency: How many attempts run at once, all kinds together.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    rows = [_row(kind, concurrency) for kind in kinds]
    triggers = generated_triggers(kinds)
    if _registered(queue) == (_by_kind(rows), triggers):
        return
    with queue.writing():
        _write_rows(queue, rows)
        _write_triggers(queue, triggers)


def kinds_sql(kinds: Sequence[Kind]) -> str:
    """Rows and triggers of these kinds as SQL for a new file."""
    rows = [_insert(_row(kind, concurrency=1)) for kind in kinds]
    return "\n".join(["BEGIN IMMEDIATE;", "", *rows, "", *_statements(kinds), "COMMIT;", ""])


def generated_triggers(kinds: Sequence[Kind]) -> dict[str, str]:
    """The triggers that depend on the kinds, by name."""
    kinds = sorted(kinds, key=lambda kind: kind.name)  # the same text in whatever order they come
    named = [_known_kinds(kinds)]
    named += [_required_keys(kind, event) for kind in kinds if kind.required for event in _EVENTS]
    return dict(named)


_EVENTS = ("INSERT", "UPDATE OF payload")


def _known_kinds(kinds: Sequence[Kind]) -> tuple[str, str]:
    name = "kinds_known"
    listed = ", ".join(_text(kind.name) for kind in kinds)
    known = ", ".join(kind.name for kind in kinds) or "none yet"
    return name, (
        f'CREATE TRIGGER "{name}" AFTER INSERT ON jobs\n'
        f"WHEN NEW.kind NOT IN ({listed})\n"
        "BEGIN\n"
        f"    SELECT RAISE(ABORT, {_text(f'unknown kind; this queue knows: {known}')});\n"
        "END"
    )


def _required_keys(kind: Kind, event: str) -> tuple[str, str]:
    name = f"kinds_{kind.name}_{event.split(maxsplit=1)[0].lower()}"
    cases = "\n".join(
        f"        WHEN json_extract(NEW.payload, {_text(_path(key))}) IS NULL\n"
        f"            THEN RAISE(ABORT, {_text(f'{kind.name}: payload lacks {key}')})"
        for key in kind.required
    )
    return name, (
        f"CREATE TRIGGER {_name(name)} AFTER {event} ON jobs\n"
        f"WHEN NEW.kind = {_text(kind.name)}\n"
        f"BEGIN\n    SELECT CASE\n{cases}\n    END;\nEND"
    )


def _statements(kinds: Sequence[Kind]) -> list[str]:
    return [f"{sql};\n" for sql in generated_triggers(kinds).values()]


def _row(kind: Kind, concurrency: int) -> Row:
    yields = kind.yields_slot and concurrency > 1
    return {
        "kind": kind.name,
        "required": json.dumps(kind.required),
        "payload_schema": kind.payload_schema,
        "priority": kind.priority,
        "max_running": concurrency - 1 if yields else None,
        "supersedes_running": int(kind.supersedes_running),
    }


def _insert(row: Row) -> str:
    values = ", ".join(
        "NULL" if v is None else str(v) if not isinstance(v, str) else _text(v)
        for v in row.values()
    )
    return f"INSERT INTO job_kinds ({', '.join(row)})\nVALUES ({values});"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _path(key: str) -> str:
    return f'$."{key}"'


def _by_kind(rows: Sequence[Row]) -> dict[object, Row]:
    return {row["kind"]: row for row in rows}


def _registered(queue: Queue) -> tuple[dict[object, Row], dict[str, str]]:
    columns = (
        "kind",
        "required",
        "payload_schema",
        "priority",
        "max_running",
        "supersedes_running",
    )
    found = queue.run("kinds")
    rows = [dict(zip(columns, values, strict=True)) for values in found]
    return _by_kind(rows), dict(queue.run("kind_triggers"))


def _write_rows(queue: Queue, rows: Sequence[Row]) -> None:
    registered, _ = _registered(queue)
    for row in registered.values():
        if row["kind"] not in _by_kind(rows):
            queue.run("forget_kind", {"kind": row["kind"]})
    for row in rows:
        queue.run("register_kind", row)


def _write_triggers(queue: Queue, triggers: dict[str, str]) -> None:
    _, registered = _registered(queue)
    if registered == triggers:
        return
    for name in registered:
        queue.db.execute(f"DROP TRIGGER {_name(name)}")
    for sql in triggers.values():
        queue.db.execute(sql)

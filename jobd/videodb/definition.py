"""The definition of a table and its indexes, and a twin of it under another name (pure text).

The app's own statements are copied, never written anew: what is published must read in
sqlite_schema exactly as the app made it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import DatabaseRefused

if TYPE_CHECKING:
    from jobd.videodb.database import VideoDb

_NAME = r"""(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[^\s("`\[]+)"""
_TABLE = re.compile(rf"CREATE TABLE\s*{_NAME}", re.IGNORECASE)
_INDEX = re.compile(rf"(CREATE (?:UNIQUE )?INDEX)\s*{_NAME}(\s*ON\s*){_NAME}", re.IGNORECASE)
_AUTOINDEX = re.compile(r"sqlite_autoindex_.*_(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of sqlite_schema.

    Attributes:
        kind: "table" or "index".
        name: As it stands there.
        sql: The statement that made it; None for an index that a constraint made.
        root_page: The first page of its tree.
    """

    kind: str
    name: str
    sql: str | None
    root_page: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A table and its indexes."""

    table: Part
    indexes: tuple[Part, ...]


def definition_of(video: VideoDb, table: str) -> Definition | None:
    """Read a table's definition; None where there is no such table (a view is none)."""
    parts = [Part(*row) for row in video.db.execute(video.sql["definitions"], {"table": table})]
    tables = [part for part in parts if part.kind == "table"]
    indexes = tuple(part for part in parts if part.kind == "index")
    return Definition(tables[0], indexes) if tables else None


def twin_statements(definition: Definition, twin: str) -> list[str]:
    """The statements that make the same table and indexes under another name."""
    parts = (definition.table, *definition.indexes)
    statements = (twin_sql(part, twin) for part in parts)
    return [statement for statement in statements if statement is not None]


def pairs(live: Definition, stage: Definition) -> list[tuple[Part, Part]] | None:
    """Each part with its twin, or None where the two definitions differ by now."""
    twins = {part.name: part for part in (stage.table, *stage.indexes)}
    found = []
    for part in (live.table, *live.indexes):
        twin = twins.pop(twin_name(part, stage.table.name), None)
        if twin is None or twin.sql != twin_sql(part, stage.table.name):
            return None
        found.append((part, twin))
    return None if twins else found


def twin_name(part: Part, twin: str) -> str:
    """What a part is called in the twin; an index carries the table's name and its own."""
    if part.kind == "table":
        return twin
    automatic = _AUTOINDEX.fullmatch(part.name)
    if automatic and part.sql is None:
        return f"sqlite_autoindex_{twin}_{automatic[1]}"
    return f"{twin}_{part.name}"


def twin_sql(part: Part, twin: str) -> str | None:
    """The statement that makes a part's twin, None for what a constraint makes.

    Raises:
        DatabaseRefused: The statement is none that can be copied.
    """
    if part.sql is None:
        return None
    name = _quoted(twin_name(part, twin))
    pattern, head = (_TABLE, f"CREATE TABLE {name}") if part.kind == "table" else (_INDEX, "")
    found = pattern.match(part.sql)
    if found is None:
        raise DatabaseRefused(f"the definition of {part.name} cannot be copied")
    head = head or f"{found[1]} {name}{found[2]}{_quoted(twin)}"
    return head + part.sql[found.end() :]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""Tables and columns that an older database of the app lacks, added before work begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_APPS_ALONE = frozenset({"video_metadata"})  # without the app's row it would say nothing


def complete(db: apsw.Connection) -> None:
    """Make missing tables and add missing columns; the caller holds the transaction."""
    for statement in list(lacking(db)):
        db.execute(statement)


def tables() -> dict[str, str]:
    """The statements of schema.sql by table."""
    return load_blocks(Path(__file__).with_name("schema.sql"))


def lacking(db: apsw.Connection) -> Iterator[str]:
    """The statements that would complete this database; none on a complete one."""
    for table, ddl in tables().items():
        present = _columns(db, table)
        if present:
            yield from _missing_columns(table, ddl, present)
        elif table not in _APPS_ALONE:
            yield ddl


def _missing_columns(table: str, ddl: str, present: Mapping[str, str]) -> Iterator[str]:
    model = apsw.Connection(":memory:")
    model.execute(ddl)
    for column, definition in _columns(model, table).items():
        if column not in present:
            yield f"ALTER TABLE {table} ADD COLUMN {column} {definition}"
    model.close()


def _columns(db: apsw.Connection, table: str) -> dict[str, str]:
    """Each column's type and default, in a form that ALTER TABLE accepts on a filled table."""
    rows = db.execute(
        'SELECT lower(name), type, "notnull", dflt_value FROM pragma_table_info(?)', (table,)
    )
    return {name: _definition(kind, bool(strict), default) for name, kind, strict, default in rows}


def _definition(kind: str, strict: bool, default: str | None) -> str:  # noqa: FBT001
    if default is None or "(" in default:
        return kind
    return f"{kind}{' NOT NULL' if strict else ''} DEFAULT {default}"

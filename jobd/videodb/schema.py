"""Tables and columns that an older database of the app lacks, added before work begins."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.videodb.database import VideoDb

_APPS_ALONE = frozenset({"video_metadata"})  # without the app's row it would say nothing


def complete(video: VideoDb) -> None:
    """Make missing tables and add missing columns; the caller holds the transaction."""
    for statement in list(lacking(video)):
        video.db.execute(statement)


def tables() -> dict[str, str]:
    """The statements of schema.sql by table."""
    return load_blocks(Path(__file__).with_name("schema.sql"))


def lacking(video: VideoDb) -> Iterator[str]:
    """The statements that would complete this database; none on a complete one."""
    for table, ddl in tables().items():
        present = _columns(video.db, video.sql["columns"], table)
        if present:
            wanted = _columns_of(ddl, video.sql["columns"], table)
            yield from (
                f"ALTER TABLE {table} ADD COLUMN {column} {definition}"
                for column, definition in wanted.items()
                if column not in present
            )
        elif table not in _APPS_ALONE:
            yield ddl


def _columns_of(ddl: str, query: str, table: str) -> dict[str, str]:
    with closing(apsw.Connection(":memory:")) as model:
        model.execute(ddl)
        return _columns(model, query, table)


def _columns(db: apsw.Connection, query: str, table: str) -> dict[str, str]:
    """Each column's type and default, in a form that ALTER TABLE accepts on a filled table."""
    rows = db.execute(query, {"table": table})
    return {name: _definition(kind, bool(strict), default) for name, kind, strict, default in rows}


def _definition(kind: str, strict: bool, default: str | None) -> str:  # noqa: FBT001 - a row's field
    if default is None or "(" in default:
        return kind
    return f"{kind}{' NOT NULL' if strict else ''} DEFAULT {default}"

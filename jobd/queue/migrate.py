"""An older queue file is brought up to date by numbered steps, each in a transaction of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobd.sqlite import immediate

if TYPE_CHECKING:
    import apsw

_STEPS = Path(__file__).with_name("steps")


def newest_version() -> int:
    """The version that the last step leads to, which is that of schema.sql."""
    return max(int(step.stem) for step in _STEPS.glob("*.sql"))


def bring_up_to_date(db: apsw.Connection) -> None:
    """Run the steps that a queue still lacks; a crash between two is no harm."""
    while (version := _version(db)) < newest_version():
        with immediate(db):
            if _version(db) == version:  # nobody else was quicker
                db.execute((_STEPS / f"{version + 1}.sql").read_text(encoding="utf-8"))
                db.execute(f"PRAGMA user_version = {version + 1}")


def _version(db: apsw.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").get
    return version

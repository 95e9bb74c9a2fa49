"""`schema`: the contract, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.commands.kinds import kinds
from jobd.queue.create import schema_sql

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd schema | sqlite3 new.db"


def add_flags(_parser: ArgumentParser) -> None:
    """None."""


def run(_args: dict[str, Any]) -> int:
    """Print it."""
    print(schema_sql(kinds()))
    return 0

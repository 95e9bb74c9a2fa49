"""Which jobs a person means: by their ids, or by the filters of inspect (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.report.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for.

    Attributes:
        ids: These, each once, in the given order; none: those that `wanted` says.
        wanted: The filters.
        yes: Nobody is to be asked.
        dry_run: Only say what would be done.
    """

    ids: tuple[int, ...]
    wanted: Wanted
    yes: bool
    dry_run: bool


def chosen(ids: Sequence[int], wanted: Wanted, *, yes: bool, dry_run: bool) -> Chosen:
    """Jobs by id or by filter.

    Raises:
        UsageError: Neither, or both.
    """
    if ids and not wanted.is_all:
        raise UsageError("name jobs by their ids or by filters, not both")
    if not ids and wanted.is_all:
        raise UsageError("name jobs, or say which: by --status, --kind, --video or --since")
    return Chosen(tuple(dict.fromkeys(ids)), wanted, yes, dry_run)

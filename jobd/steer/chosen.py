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


def chosen(
    ids: Sequence[int], wanted: Wanted, *, yes: bool, dry_run: bool, by_time: bool | None = None
) -> Chosen:
    """Jobs by id, by filter, or by the time at which they ended.

    Args:
        ids: Those that were named.
        wanted: The filters.
        yes: As in Chosen.
        dry_run: As in Chosen.
        by_time: Whether a time says which; None: the command knows none.

    Raises:
        UsageError: None of these, or several.
    """
    ways = [bool(ids), not wanted.is_all, bool(by_time)]
    if sum(ways) > 1:
        raise UsageError(f"name jobs by their ids or by filters{_time(by_time)}: by one of these")
    if not any(ways):
        raise UsageError(
            f"name jobs, or say which: by --status, --kind, --video, --since{_time(by_time)}"
        )
    return Chosen(tuple(dict.fromkeys(ids)), wanted, yes, dry_run)


def _time(by_time: bool | None) -> str:  # noqa: FBT001 - whether the command has such flags
    return "" if by_time is None else ", --completed-before or --failed-before"

"""`prune`: delete jobs that have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.commands.steering import add_chosen, asked_of
from jobd.report.wanted import span_ms
from jobd.steer.deleting import prune_jobs, prune_old
from jobd.steer.prune import limits

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd prune --completed-before 7d --failed-before 30d --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """By time, or which jobs."""
    add_chosen(parser, "prune")
    parser.add_argument(
        "--completed-before",
        metavar="SPAN",
        help="completed or cancelled longer ago than this (7d)",
    )
    parser.add_argument("--failed-before", metavar="SPAN", help="failed longer ago than this")


def run(args: dict[str, Any]) -> int:
    """Delete them with their attempts and logs."""
    completed, failed = args["completed_before"], args["failed_before"]
    asked = asked_of("prune", args, by_time=bool(completed or failed))
    if not completed and not failed:
        return prune_jobs(asked)
    return prune_old(asked, limits(_span_ms(completed), _span_ms(failed), asked.now_ms))


def _span_ms(text: str | None) -> int | None:
    return None if text is None else span_ms(text)

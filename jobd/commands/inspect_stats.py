"""`inspect stats`: what the queue did in the last hours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_queue, queue_path
from jobd.report.document import dumped
from jobd.report.stats import read_stats
from jobd.report.stats_document import stats_document
from jobd.report.stats_screen import stats_screen
from jobd.report.text import encodable
from jobd.report.wanted import span_ms

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd inspect stats --since 7d --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Of which time, of which kind, for whom."""
    add_queue(parser)
    parser.add_argument("--since", metavar="SPAN", default="24h", help="how far to look back (24h)")
    parser.add_argument("--kind", metavar="KIND", help="of this kind")
    parser.add_argument("--json", action="store_true", help="for programs (docs/inspect-json.md)")


def run(args: dict[str, Any]) -> int:
    """Print it."""
    stats = read_stats(queue_path(args), SystemClock(), span_ms(args["since"]), args["kind"])
    text = dumped(stats_document(stats)) if args["json"] else stats_screen(stats)
    sys.stdout.write(encodable(text, sys.stdout))
    return 0

"""`metrics`: the queue in figures, for Prometheus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_queue, queue_path
from jobd.report.gauges import read_gauges
from jobd.report.metrics import text
from jobd.report.scrape import address_of, listen
from jobd.report.textfile import write_textfile

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd metrics --listen 127.0.0.1:9752 --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """Which queue, and whereto; without either, to standard output."""
    add_queue(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--textfile", type=Path, metavar="PATH", help="into this file, for node_exporter (*.prom)"
    )
    where.add_argument(
        "--listen",
        metavar="ADDRESS",
        help="answer GET /metrics there: a port of this machine alone, or HOST:PORT",
    )


def run(args: dict[str, Any]) -> int:
    """Measure once, or whenever Prometheus asks."""
    path, clock = queue_path(args), SystemClock()

    def page() -> str:
        return text(read_gauges(path, clock))

    if args["listen"] is not None:
        listen(address_of(args["listen"]), page, _say)
    elif args["textfile"] is not None:
        write_textfile(args["textfile"], page())
    else:
        sys.stdout.write(page())
    return 0


def _say(line: str) -> None:
    print(f"jobd: {line}", file=sys.stderr, flush=True)

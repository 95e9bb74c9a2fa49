"""`serve`: the daemon."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_settings, settings_of
from jobd.commands.kinds import kinds
from jobd.daemon.serve import serve
from jobd.systemd.journal import log_handler
from jobd.systemd.notify import Manager

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd serve --db /srv/app/jobs.db --roots /srv/videos"


class _Lines(logging.Formatter):
    """Only a record begins at a line's start: a child's text cannot pass for one of ours."""

    def format(self, record: logging.LogRecord) -> str:
        """A record; what it has of further lines is indented."""
        return super().format(record).replace("\n", "\n    ")


def add_flags(parser: ArgumentParser) -> None:
    """All settings, and when to end."""
    add_settings(parser)
    parser.add_argument(
        "--exit-when-idle", action="store_true", help="stop when nothing waits or runs"
    )


def run(args: dict[str, Any]) -> int:
    """Serve until a signal."""
    exit_when_idle = args.pop("exit_when_idle")
    manager = Manager.from_environ(os.environ)
    lines = _Lines("%(asctime)s.%(msecs)03d %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    logging.basicConfig(
        level=settings_of(args).log_level.upper(), handlers=[log_handler(os.environ, lines)]
    )
    return serve(
        lambda: settings_of(args), kinds(), SystemClock(), manager, exit_when_idle=exit_when_idle
    )

"""`adopt`: what an earlier way of doing the work has left lying."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.adopt.adopt import adopt
from jobd.clock import SystemClock
from jobd.commands.flags import add_settings, settings_of

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd adopt /srv/videos --db /srv/app/jobs.db --dry-run"


def add_flags(parser: ArgumentParser) -> None:
    """Its rows must be ones that serve takes, so it takes the same flags."""
    add_settings(parser)
    parser.add_argument("root", type=Path, metavar="ROOT", help="the folder of the videos")
    parser.add_argument("--dry-run", action="store_true", help="say it all, write nothing")


def run(args: dict[str, Any]) -> int:
    """Queue it."""
    root, dry_run = args.pop("root"), args.pop("dry_run")
    return adopt(root, settings_of(args), SystemClock(), sys.stdout, sys.stderr, dry_run=dry_run)

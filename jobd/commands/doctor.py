"""`doctor`: what is amiss."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import add_settings
from jobd.host.doctor import Asked, doctor

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd doctor --db /srv/app/jobs.db"


def add_flags(parser: ArgumentParser) -> None:
    """It judges what serve would be told, so it takes the same flags."""
    add_settings(parser)
    parser.add_argument("--json", action="store_true", help="for programs (docs/doctor.md)")
    parser.add_argument(
        "--app", type=Path, metavar="PATH", help="the app's folder: look at its better-sqlite3 too"
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="without decoders and quick_check")
    extent.add_argument("--full", action="store_true", help="quick_check a queue of any size")


def run(args: dict[str, Any]) -> int:
    """Look, and say it."""
    asked = Asked(
        app=args.pop("app"),
        quick=args.pop("quick"),
        full=args.pop("full"),
        as_json=args.pop("json"),
        flags=args,
        environ=os.environ,
    )
    return doctor(asked, SystemClock(), sys.stdout)

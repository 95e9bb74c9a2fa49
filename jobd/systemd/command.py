"""`python -m jobd service …`: from flags to a service."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jobd
from jobd.systemd.install import install, uninstall
from jobd.systemd.service import Service
from jobd.systemd.units import files_of

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

_STATE = Path("/var/lib/jobd")
_FOR_TWO = 0o2770


def add_flags(parser: ArgumentParser) -> None:
    """What may be said of a service."""
    parser.add_argument("action", choices=("install", "uninstall", "print"))
    parser.add_argument("--name", metavar="NAME", help="of one queue of several (jobd@NAME)")
    parser.add_argument(
        "--user", default="jobd", help="whose processes: the app's user, or a new one (jobd)"
    )
    parser.add_argument("--group", help="whose members may queue jobs (as the user)")
    parser.add_argument(
        "--db", type=Path, metavar="PATH", help=f"the queue file ({_STATE}/jobs.db)"
    )
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        dest="roots",
        action="append",
        default=[],
        help="a folder that jobs may use; may be given again (the queue's own)",
    )


def run(args: dict[str, Any]) -> Iterator[str]:
    """The lines to print, while it is done."""
    action = args.pop("action")
    service = _service(**args)
    if action == "print":
        yield from (f"# ── {path}\n{text}" for path, text in files_of(service).items())
    else:
        yield from (install if action == "install" else uninstall)(service)


def _service(
    *, name: str | None, user: str, group: str | None, db: Path | None, roots: list[Path]
) -> Service:
    group = group or user
    db = _absolute(db or _STATE / (name or "") / "jobs.db")
    return Service(
        name=name,
        user=user,
        group=group,
        db=db,
        roots=tuple(map(_absolute, roots)) or (db.parent,),
        python=_absolute(Path(sys.executable)),
        code=_code(),
        manager_version=_manager_version(),
        keeps_folder=_is_anothers(db.parent, group),
    )


def _absolute(path: Path) -> Path:
    """A venv's interpreter is a link that must stay one: not resolved."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _code() -> tuple[Path, ...]:
    """The environment, what it was made from, and this package, each perhaps elsewhere."""
    package = Path(jobd.__file__).resolve().parents[1]
    return tuple(dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix), package)))


def _manager_version() -> int:
    """Of systemd; 0 where there is none."""
    try:
        command = ("systemctl", "--version")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return 0
    words = done.stdout.split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0


def _is_anothers(folder: Path, group: str) -> bool:
    """Whether a folder is there already, and not one that an install has made."""
    try:
        found = folder.stat()
        owner = grp.getgrgid(found.st_gid).gr_name
    except (OSError, KeyError):
        return folder.exists()
    return (stat.S_IMODE(found.st_mode), owner) != (_FOR_TWO, group)

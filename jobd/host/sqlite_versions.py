"""Which SQLite writes to the queue: some lose data when two of them reset one WAL file."""

from __future__ import annotations

import json
import re
import sqlite3  # its version alone: it never opens a file here
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from jobd.host.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Version = tuple[int, ...]

# See sqlite.org/wal.html#walresetbug: it came with WAL, and was mended in older branches as well.
_SINCE: Version = (3, 7, 0)
_MENDED: Version = (3, 51, 3)
_MENDED_IN_BRANCH: tuple[Version, ...] = ((3, 44, 6), (3, 50, 7))
_MENDED_TEXT = "3.51.3 (or 3.50.7, 3.44.6)"
_DEFINED = re.compile(r'#define\s+SQLITE_VERSION\s+"([\d.]+)"')


@dataclass(frozen=True, slots=True)
class AppSqlite:
    """The better-sqlite3 of an app.

    Attributes:
        version: Of the package; None where there is none.
        sqlite: Of the SQLite that it is built with; None where its sources are gone.
    """

    version: str | None
    sqlite: str | None


def sqlite_checks(app: Path | None) -> Iterator[Check]:
    """Judge this jobd's SQLite, Python's own, and the app's where its folder is named."""
    yield judge_own(apsw.sqlite_lib_version())
    yield judge_python(sqlite3.sqlite_version)
    if app is not None:
        yield judge_app(app, app_sqlite(app))


def loses_wal_resets(version: str) -> bool:
    """Whether a version of SQLite has the WAL-reset bug."""
    parts = tuple(map(int, version.split(".")))
    branch_mended = any(parts[:2] == m[:2] and parts >= m for m in _MENDED_IN_BRANCH)
    return _SINCE <= parts < _MENDED and not branch_mended


def judge_own(version: str) -> Check:
    """The SQLite inside apsw, which is the daemon's and every child's."""
    if loses_wal_resets(version):
        mend = "pip install 'apsw>=3.51.3' from a wheel: one built here may take the system's"
        return fail("sqlite", f"jobd's SQLite {version} has the WAL-reset bug", mend)
    return ok("sqlite", f"jobd's SQLite {version} is past the WAL-reset bug")


def judge_python(version: str) -> Check:
    """Python's own, which jobd does not use: that of scripts, and mostly of the system."""
    if loses_wal_resets(version):
        text = f"Python's own SQLite {version} has the WAL-reset bug by its number; jobd does not"
        mend = f"let programs write to the queue with SQLite {_MENDED_TEXT} or newer"
        return warn("sqlite_python", f"{text} use it, scripts on the queue would", mend)
    return ok("sqlite_python", f"Python's own SQLite {version} is past the WAL-reset bug")


def judge_app(folder: Path, found: AppSqlite) -> Check:
    """The app's own, which writes to the queue and to the videos' databases."""
    name = "sqlite_app"
    if found.version is None:
        mend = "name the folder of the app, after its npm install"
        return warn(name, f"no node_modules/better-sqlite3 in {folder} or above it", mend)
    package = f"better-sqlite3 {found.version}"
    if found.sqlite is None:
        mend = "run in the app: node -p \"require('better-sqlite3')(':memory:').prepare('SELECT sqlite_version()').pluck().get()\""  # noqa: E501 - to be pasted
        return warn(name, f"{package}: its SQLite's version is not to be seen", mend)
    if loses_wal_resets(found.sqlite):
        mend = "npm install better-sqlite3@latest in the app (12.8.0 is the first past the bug)"
        return fail(name, f"{package} has SQLite {found.sqlite} with the WAL-reset bug", mend)
    return ok(name, f"{package} has SQLite {found.sqlite}, past the WAL-reset bug")


def _package(folder: Path) -> Path:
    """Where Node finds it: in this folder or above, as at the top of an npm workspace."""
    places = [above / "node_modules" / "better-sqlite3" for above in (folder, *folder.parents)]
    return next((place for place in places if place.is_dir()), places[0])


def app_sqlite(folder: Path) -> AppSqlite:
    """Read what an installed better-sqlite3 says of itself."""
    package = _package(folder.resolve())
    try:
        version = str(json.loads((package / "package.json").read_bytes())["version"])
    except (OSError, ValueError, TypeError, KeyError):
        return AppSqlite(None, None)
    try:
        header = (package / "deps" / "sqlite3" / "sqlite3.h").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return AppSqlite(version, None)
    defined = _DEFINED.search(header)
    return AppSqlite(version, defined[1] if defined else None)

"""A page for node_exporter's textfile collector: whole, or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from jobd.errors import UsageError

_MODE = 0o644  # the collector is another user


def write_textfile(path: Path, page: str) -> None:
    """Put the page at `path` in one step; a reader sees the old one or the new one.

    Raises:
        UsageError: It cannot be written there.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        made = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(page)
                os.fchmod(descriptor, _MODE)
            made.replace(path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None

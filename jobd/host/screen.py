"""What doctor prints: a line per check, and a document for programs (docs/doctor.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from jobd.host.check import State, worst
from jobd.report.text import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobd.host.check import Check

VERSION = 1

_COLOURS = {State.OK: "\x1b[32m", State.WARN: "\x1b[33m", State.FAIL: "\x1b[1;31m"}
_PLAIN = "\x1b[0m"
_STATE_WIDTH = len("warn")
_GAP = "  "


def screen(checks: Sequence[Check], *, coloured: bool) -> str:
    """All checks as aligned lines, a mend below what needs one, ending in a newline."""
    widest = max(len(check.name) for check in checks)
    indent = " " * (_STATE_WIDTH + len(_GAP) + widest + len(_GAP))
    lines = []
    for check in checks:
        state = _state(check.state, coloured=coloured)
        lines.append(f"{state}{_GAP}{check.name:<{widest}}{_GAP}{harmless(check.text)}")
        if check.mend is not None:
            lines.append(f"{indent}→ {harmless(check.mend)}")
    return "\n".join(lines) + "\n"


def document(checks: Sequence[Check]) -> str:
    """The same as JSON, in ASCII."""
    listed = [
        {"name": c.name, "state": str(c.state), "text": harmless(c.text), "mend": _mend(c)}
        for c in checks
    ]
    whole = {"version": VERSION, "checks": listed, "worst": str(worst(checks))}
    return json.dumps(whole, indent=2) + "\n"


def wants_colour(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Only a terminal gets colours, and only where nobody asked for none (no-color.org)."""
    return out.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _state(state: State, *, coloured: bool) -> str:
    word = "FAIL" if state is State.FAIL else str(state)
    padded = f"{word:<{_STATE_WIDTH}}"
    return f"{_COLOURS[state]}{padded}{_PLAIN}" if coloured else padded


def _mend(check: Check) -> str | None:
    return None if check.mend is None else harmless(check.mend)

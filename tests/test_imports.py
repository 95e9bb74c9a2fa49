"""Imports run downward only, and what must start fast stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "jobd"

# Each room may import from these rooms besides itself; everything may use GROUND.
GROUND = {"errors", "sqlite", "clock", "settings", "jobd"}
MAY_IMPORT = {
    "__main__": {"commands"},
    "commands": {
        *("daemon", "handlers", "queue", "report", "host", "systemd", "contract", "adopt"),
        *("steer", "sheet"),
    },
    "daemon": {"attempt", "handlers", "queue", "systemd", "ocr"},
    "attempt": {"handlers", "videodb"},
    "handlers": {"videodb", "frames", "ocr"},
    "videodb": set(),
    "frames": set(),
    "ocr": set(),
    "host": {"report", "queue", "attempt", "handlers", "ocr"},
    "report": {"queue"},
    "steer": {"report", "queue"},
    "contract": {"handlers"},
    "adopt": {"report", "handlers", "videodb", "queue"},
    "sheet": set(),
    "queue": set(),
    "systemd": set(),
    "errors": set(),
    "sqlite": set(),
    "clock": set(),
    "settings": set(),
    "jobd": set(),
}
# In the daemon's room, each file may import those after it.
DAEMON = (
    *("serve", "loop", "signals", "reload", "stopping", "watched", "standstill", "housekeeping"),
    *("looks", "telling", "hearing", "attempt_slot", "notices", "slot"),
    *("house", "verdicts", "joblog", "tasks"),
)
# The daemon's side of an attempt knows of handlers only what needs no decoder.
LIGHT = (
    *("jobd.daemon.serve", "jobd.__main__", "jobd.attempt.child"),
    *("jobd.report.inspect", "jobd.host.doctor", "jobd.systemd.command"),
    *("jobd.adopt.adopt", "jobd.commands.metrics", "jobd.commands.cancel", "jobd.commands.prune"),
    *("jobd.commands.pause", "jobd.commands.inspect_stats"),
)
HEAVY = ("cv2", "numpy", "av", "rapidocr", "onnxruntime")


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "jobd" if first == "__init__" else first


def imported(path: Path) -> list[list[str]]:
    """What a file takes from the package, as parts of dotted names."""
    tree = ast.parse(path.read_text())
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [
        f"{n.module}.{a.name}" if n.module == "jobd" else str(n.module)
        for n in ast.walk(tree)
        if isinstance(n, ast.ImportFrom)
        for a in n.names
    ]
    return [name.split(".") for name in names if name.split(".")[0] == "jobd"]


def imported_rooms(path: Path) -> set[str]:
    return {parts[1] if len(parts) > 1 else "jobd" for parts in imported(path)} - {"__version__"}


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_run_downward(path: Path) -> None:
    room = room_of(path)
    assert imported_rooms(path) - {room} <= MAY_IMPORT[room] | GROUND


@pytest.mark.parametrize("name", DAEMON)
def test_imports_run_downward_in_the_daemon_too(name: str) -> None:
    names = {
        parts[2] for parts in imported(PACKAGE / "daemon" / f"{name}.py") if parts[1] == "daemon"
    }
    assert names <= set(DAEMON[DAEMON.index(name) + 1 :])


def test_all_files_of_the_daemon_have_their_place() -> None:
    there = {path.stem for path in (PACKAGE / "daemon").glob("*.py")}
    assert there == {"__init__", *DAEMON}


def test_the_order_of_the_rooms_has_no_circle() -> None:
    def below(room: str, seen: tuple[str, ...] = ()) -> None:
        assert room not in seen, " → ".join((*seen, room))
        for lower in MAY_IMPORT[room]:
            below(lower, (*seen, room))

    for room in MAY_IMPORT:
        below(room)


@pytest.mark.parametrize("module", LIGHT)
def test_no_decoder_is_loaded_by(module: str) -> None:
    probe = f"import sys, {module}; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

"""What jobd stands on: packages and their versions, decoders."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd import __version__
from jobd.host.check import Check, fail, ok, warn
from jobd.host.decoder_probe import DECODERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PROBE = Path(__file__).with_name("decoder_probe.py")
_PATIENCE_S = 30.0
_NEEDED: tuple[tuple[str, ...], ...] = (  # each with those that can stand in for it
    ("apsw",),
    ("av",),
    ("numpy",),
    (
        "opencv-python-headless",
        "opencv-python",
        "opencv-contrib-python-headless",
        "opencv-contrib-python",
    ),
    ("pydantic",),
)
_AGAIN = "install jobd again: pip install -c constraints/runtime.txt ."


def packages() -> Check:
    """Which packages are installed; none of them is loaded for it."""
    return judge_packages([_first_of(names) for names in _NEEDED])


def judge_packages(found: Sequence[tuple[str, str | None]]) -> Check:
    """Name and version of each needed package, None for one that is not there."""
    missing = [name for name, number in found if number is None]
    if missing:
        return fail("packages", f"not installed: {', '.join(missing)}", _AGAIN)
    listed = ", ".join(f"{name} {number}" for name, number in found)
    python = platform.python_version()
    return ok("packages", f"jobd {__version__}, Python {python}, {listed}")


def decoders() -> Check:
    """Load the decoders in a process of its own: here none is ever loaded."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_PROBE)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        found = json.loads(done.stdout) if done.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return _broken(f"they have not loaded in {_PATIENCE_S:.0f} s")
    except (OSError, ValueError) as error:
        return _broken(str(error))
    return judge_decoders(found) if found else _broken(_end_of(done))


def judge_decoders(found: Mapping[str, Any]) -> Check:
    """What the probe said."""
    if found["errors"]:
        return _broken("; ".join(f"{name}: {error}" for name, error in found["errors"].items()))
    libav = f"libavcodec {found['libraries']['libavcodec']}"
    missing = found["missing"]
    if not missing:
        return ok("decoders", f"{', '.join(DECODERS)}, by {libav}")
    text = f"{libav} decodes no {', '.join(missing)}: such videos fail"
    mend = "install PyAV from its wheel, which has them: pip install --force-reinstall av"
    return fail("decoders", text, mend) if "h264" in missing else warn("decoders", text, mend)


def _broken(reason: str) -> Check:
    return fail("decoders", f"the decoders cannot be loaded: {reason}", _AGAIN)


def _end_of(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    return f"exit code {done.returncode} {last}".strip()


def _first_of(names: Sequence[str]) -> tuple[str, str | None]:
    for name in names:
        try:
            return name, version(name)
        except PackageNotFoundError:
            continue
    return names[0], None

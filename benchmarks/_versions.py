"""What was measured, with what, on what."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks._run import PEERS_PYTHON, ROOT, calm
from jobd import __version__


def versions() -> dict[str, str]:
    """Of every library and program that takes part; what is not installed is left out."""
    build = re.search(r"avcodec:\s+\w+ \(([\d.]+)\)", cv2.getBuildInformation())
    return {
        "jobd": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "av": av.__version__,
        "av's FFmpeg": str(av.ffmpeg_version_info),
        "av's libavcodec": ".".join(map(str, av.library_versions["libavcodec"])),
        "cv2": cv2.__version__,
        "cv2's libavcodec": build[1] if build else "?",
        "ffmpeg": _ffmpeg(),
        **_peers(),
    }


def _ffmpeg() -> str:
    banner = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True)  # noqa: S607
    return banner.stdout.split()[2]


def _peers() -> dict[str, str]:
    """Of the environment that `make peers` makes."""
    if not PEERS_PYTHON.exists():
        return {}
    command = [str(PEERS_PYTHON), "-m", "benchmarks._peers", "--versions"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=calm()
    )
    sys.stderr.write(done.stderr)
    found: dict[str, str] = json.loads(done.stdout or "{}")
    return found


def machine() -> dict[str, str | int]:
    """The processor and the system."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (named := re.search(r"model name\s*: (.+)", info.read_text())):
        cpu = named[1]
    return {"cpu": cpu, "cores": os.cpu_count() or 0, "system": platform.system()}

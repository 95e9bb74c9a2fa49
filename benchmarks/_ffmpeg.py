"""The `ffmpeg` program as the pipelines use it that jobd replaces: decode, `fps` filter, JPEGs."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

from benchmarks._run import Run, Task, measured

if TYPE_CHECKING:
    from collections.abc import Sequence

FFMPEG = shutil.which("ffmpeg") or sys.exit("the ffmpeg program is not installed")
_ONE = ("-threads", "1")


def run(task: Task) -> Run:
    """`ffmpeg` with its own choice of threads, or with one of each kind."""
    one = task.way == "ffmpeg 1 thread"
    return measured(command(task, _ONE if one else ()), _frames)


def command(task: Task, threads: Sequence[str]) -> list[str]:
    """The JPEGs go down a pipe and nowhere; -q:v 6 is what comes nearest to quality 75."""
    filters = [f"fps={task.rate_hz}"]
    if task.crop:
        left, top, right, bottom = task.crop
        filters.insert(0, f"crop={right - left}:{bottom - top}:{left}:{top}")
    filtering = ["-filter_threads", "1"] if threads else []
    return [
        *(FFMPEG, "-v", "error", "-nostats", "-progress", "pipe:1", "-y"),
        *(*threads, "-i", task.path, "-an", "-sn", *filtering, "-vf", ",".join(filters)),
        *("-q:v", "6", "-f", "image2pipe", "-c:v", "mjpeg", *threads, "/dev/null"),
    ]


def _frames(said: str) -> int:
    """What `-progress` told last."""
    counts = re.findall(r"^frame=\s*(\d+)", said, re.MULTILINE)
    return int(counts[-1]) if counts else 0

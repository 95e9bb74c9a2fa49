"""Pictures of two screens for the README, and their text.

    python -m benchmarks._screen

Writes docs/inspect.svg and docs/inspect-job.svg: what `inspect` prints for the rows below, on a
terminal of 80 columns. The same rows make the same bytes; a test compares them.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from jobd.report.find import Found
from jobd.report.job_screen import job_screen
from jobd.report.palette import Palette
from jobd.report.rows import Attempt, Counts, Daemon, Job, JobHistory, Oldest, Overview
from jobd.report.screen import overview
from jobd.report.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[1] / "docs"
NOW_MS = 1_772_353_800_000  # 2026-03-01 08:30:00 UTC
VIDEOS = (
    *("33d622e5-5576-40bd-9f47-cb13b3aeb06c", "a04f623f-dbe2-46a4-8408-9a9d1c07f2b1"),
    *("0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c", "7be1d2c0-91f4-4e5c-b0a7-55d2c9e80a14"),
)
EARLY = "/srv/{}/video.mp4 ends at 312.4 s of 1260.0 s: perhaps it is still being written"
CUT_PX = {"left": 96, "top": 596, "right": 1184, "bottom": 692}
# Pixels of a picture; a character's column is as wide whatever font the reader has.
COLUMN, LINE, SIZE, MARGIN = 7.8, 17, 13, 14
COLOURS = {"31": "#ff7b72", "32": "#56d364", "33": "#e3b341", "36": "#6cb6ff"}
DIM, TEXT, GROUND = "#8b949e", "#e6edf3", "#0d1117"
_RUN = re.compile(r"\S+(?: \S+)*")  # viewers differ in what they make of more than one space
_PIECE = re.compile(r"\x1b\[(\d+)m(.*?)\x1b\[0m|([^\x1b]+)")


def job(job_id: int, kind: str, video: int, **columns: Any) -> Job:
    """A row, queued a moment ago unless the columns say otherwise."""
    folder = f"/srv/{VIDEOS[video]}"
    payload: dict[str, Any] = {
        "videoId": VIDEOS[video],
        "videoPath": f"{folder}/video.mp4",
        "dbPath": f"{folder}/annotations.db",
    }
    if kind == "crop_frames":
        payload |= {"cropBounds": CUT_PX, "cropBoundsVersion": 2}
    known: dict[str, Any] = dict.fromkeys(Job.__dataclass_fields__)
    values = {"id": job_id, "kind": kind, "payload": json.dumps(payload), "round": 1}
    waiting = {"status": "queued", "run_at_ms": 0, "attempts": 0, "max_attempts": 3, "priority": 0}
    return Job(**{**known, **values, **waiting, "created_at_ms": NOW_MS - 45_000, **columns})


def ran(began_s: float, took_s: float, status: str = "completed", **more: Any) -> dict[str, Any]:
    """The columns of a job that began so long ago; with no status but "running" it has ended."""
    start_ms = NOW_MS - round(began_s * 1000)
    end_ms = None if status == "running" else start_ms + round(took_s * 1000)
    result = more.pop("result", None)
    times = {"started_at_ms": start_ms, "finished_at_ms": end_ms, "created_at_ms": start_ms - 12}
    told = {"result": json.dumps(result) if result else None}
    return {"status": status, "attempts": 1, **times, **told, **more}


def made(frames: int, width: int, height: int) -> dict[str, int | float]:
    """A result."""
    size = {"frames": frames, "width": width, "height": height}
    return {**size, "concealed": 0, "durationSeconds": 1260.0}


def look() -> Overview:
    """A queue at work."""
    crops = {"priority": 100, "unique_key": VIDEOS[0]}
    early = {"attempts": 1, "run_at_ms": NOW_MS + 24_000, "error": EARLY.format(VIDEOS[2])}
    no_video = f"/srv/{VIDEOS[1]}/video.mp4 is no video: its first bytes are text"
    jobs = (
        job(418, "crop_frames", 0, **ran(31, 0, "running", progress=0.62), **crops),
        job(419, "full_frames", 3, **ran(4, 0, "running", progress=0.21)),
        job(420, "full_frames", 1),
        job(417, "full_frames", 2, created_at_ms=NOW_MS - 95_000, **early),
        job(415, "full_frames", 0, **ran(140, 9.4, result=made(126, 1280, 720))),
        job(416, "full_frames", 1, **ran(150, 0.2, "failed", error=no_video)),
        job(412, "crop_frames", 3, **ran(3900, 71.3, result=made(12_600, 1088, 96))),
    )
    ids = [row.id for row in jobs]
    said: dict[str, Any] = {"pid": 8447, "version": "0.1.0", "concurrency": 2}
    said |= {"started_at_ms": NOW_MS - 7_980_000, "beat_at_ms": NOW_MS - 800}
    return Overview(
        path=Path("/srv/app/jobs.db"),
        queue_id="",
        now_ms=NOW_MS,
        daemon=Daemon(alive=True, **said),
        counts=Counts(1, 0, 1, 2, 408, 3, 0),
        oldest=Oldest(420, "full_frames", NOW_MS - 45_000),
        paused=(),
        found=Found(tuple(ids[:2]), tuple(ids[2:4]), tuple(ids[4:])),
        more=False,
        jobs=jobs,
    )


def history() -> JobHistory:
    """A job that took three attempts."""
    columns = ran(84, 71.3, result=made(12_600, 1088, 96)) | {"attempts": 3}
    mine = job(421, "crop_frames", 2, **columns, priority=100)
    mine = replace(mine, created_at_ms=NOW_MS - 150_000)
    known = dict.fromkeys(Attempt.__dataclass_fields__)

    def attempt(number: int, start_s: float, end_s: float, outcome: str, **more: Any) -> Attempt:
        times = {
            "started_at_ms": NOW_MS - round(start_s * 1000),
            "ended_at_ms": NOW_MS - round(end_s * 1000),
        }
        named = {"id": number, "number": number, "round": 1, "pid": 8500 + number}
        return Attempt(**{**known, **named, **times, "outcome": outcome, **more})

    crash = "the process was killed by SIGSEGV: a decoder crashed"
    cost = {"frames_wanted": 12_600, "cpu_s": 64.2, "peak_rss_bytes": 181_000_000}
    early = {"error": EARLY.format(VIDEOS[2]), "error_class": "VideoIncomplete"}
    attempts = (
        attempt(1, 149, 142, "retry", **early),
        attempt(2, 131, 114, "crashed", error=crash),
        attempt(3, 84, 12.7, "completed", frames_decoded=31_500, **cost),
    )
    siblings = (
        mine,
        job(417, "full_frames", 2, **ran(400, 9.4, result=made(126, 1280, 720))),
    )
    return JobHistory("", NOW_MS, mine, attempts, siblings)


def screens(palette: Palette) -> dict[str, str]:
    """What is shown, by the name of its picture."""
    view = View(80, None, palette)
    return {"inspect": overview(look(), view), "inspect-job": job_screen(history(), view)}


def picture(screen: str, command: str) -> str:
    """A screen as SVG: every piece at its column."""
    lines = [f"$ {command}", *screen.splitlines()]
    drawn = [piece for at, line in enumerate(lines) for piece in _line(line, at)]
    width, height = round(80 * COLUMN + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    style = (
        f"text {{ font: {SIZE}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace }}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{style}</style>'
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>'
    return "\n".join([head, ground, *drawn, "</svg>\n"])


def _line(line: str, at: int) -> Iterator[str]:
    column, y = 0, MARGIN + at * LINE + SIZE
    for sgr, painted, plain in _PIECE.findall(line):
        for run in _RUN.finditer(painted or plain):
            x, length = MARGIN + (column + run.start()) * COLUMN, len(run[0]) * COLUMN
            fill = DIM if sgr == "2" else COLOURS.get(sgr, TEXT)
            weight = ' font-weight="bold"' if sgr == "1" else ""
            place = f'x="{x:.1f}" y="{y}" textLength="{length:.1f}" fill="{fill}"'
            yield f"<text {place}{weight}>{escape(run[0])}</text>"
        column += len(painted or plain)


COMMANDS = {"inspect": "python -m jobd inspect", "inspect-job": "python -m jobd inspect 421"}


def pictures() -> dict[str, str]:
    """All of them, by their names."""
    shown = screens(Palette(colour=True))
    return {name: picture(text, COMMANDS[name]) for name, text in shown.items()}


if __name__ == "__main__":
    for name, svg in pictures().items():
        (DOCS / f"{name}.svg").write_text(svg, encoding="utf-8")
    print("\n".join(screens(Palette()).values()))

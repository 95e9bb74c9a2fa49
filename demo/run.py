"""`make demo`: a real video becomes frames, from two INSERTs and a daemon."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import app
from daemon import PROJECT, Daemon, DemoFailedError, jobd, serving
from progress import Line

if TYPE_CHECKING:
    from app import Video

DEFAULT_VIDEO = PROJECT / "tests" / "media" / "bbb_trailer_720p_h264.mp4"
_LOOK_S = 0.1
_KILOBYTE = 1000


def main() -> int:
    """Run the demo.

    Returns:
        The exit code: 0 when both jobs are done, 1 when anything failed, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(description="A real video becomes frames.")
    parser.add_argument("video", nargs="?", type=Path, default=DEFAULT_VIDEO)
    parser.add_argument("--ocr", action="store_true", help="read the text on the frames, too")
    parser.add_argument("--data", type=Path, default=PROJECT / "demo-data", help="kept folder")
    arguments = parser.parse_args()
    try:
        engine = "rapidocr" if arguments.ocr else "none"
        _demonstrate(arguments.video.expanduser(), arguments.data.absolute(), engine)
    except (DemoFailedError, OSError, ValueError, sqlite3.Error) as error:
        return _end(f"demo failed: {error}", 1)
    except KeyboardInterrupt:
        return _end("stopped", 130)
    return 0


def _end(words: str, code: int) -> int:
    sys.stdout.flush()
    print(f"\n{words}", file=sys.stderr)
    return code


def _demonstrate(source: Path, data: Path, ocr_engine: str) -> None:
    began_s = time.monotonic()
    queue = data / "jobs.db"
    video = _prepare(source, data, queue)
    with serving(queue, data / "daemon.log", "--ocr-engine", ocr_engine) as daemon:
        print(f"daemon   pid {daemon.pid}, its log is {_short(daemon.log)}\n")
        jobs = [_work(daemon, queue, "full_frames", app.FULL_FRAMES, video.names())]
        names = {**video.names(), **app.lower_quarter(video)}
        jobs.append(_work(daemon, queue, "crop_frames", app.CROP_FRAMES, names))
        print(f"\n$ python -m jobd inspect --db {_short(queue)}")
        jobd("inspect", "--db", _short(queue))
        daemon.stop()
    _show_results(video)
    _draw_sheets(video, queue, jobs)
    print(f"\ndone in {time.monotonic() - began_s:.1f} s")


def _prepare(source: Path, data: Path, queue: Path) -> Video:
    if not source.is_file():
        raise DemoFailedError(f"no such video: {source}")
    video = app.upload(source, data)
    print(f"video    {source}")
    print(f"data     {_short(video.path.parent)}")
    if not queue.exists() and jobd("init", "--db", _short(queue)) != 0:
        raise DemoFailedError("the queue could not be made")
    return video


def _work(daemon: Daemon, queue: Path, kind: str, sql: str, values: dict[str, Any]) -> int:
    """Queue one job and watch it to its end; its id."""
    job_id = app.enqueue(queue, sql, values)
    line = Line(kind)
    while True:
        job = app.look(queue, job_id)
        line.show(job)
        if job.ended:
            break
        daemon.check()
        time.sleep(_LOOK_S)
    if job.status != "completed":
        print()
        jobd("inspect", "--db", _short(queue), str(job_id))
        raise DemoFailedError(f"job {job_id} has {job.status}: {job.error}")
    return job_id


def _show_results(video: Video) -> None:
    print(f"\nin {_short(video.db)}:")
    for table, frames, size_bytes, status in app.results(video):
        size = f"{size_bytes / _KILOBYTE:,.0f} kB"
        print(f"  {table:<15}{frames:>7,} frame{'s' * (frames != 1):<2}{size:>10}   {status}")
    if boxes := app.boxes(video):
        print(f"  {'full_frame_ocr':<15}{boxes:>7,} box{'es' * (boxes != 1)}")


def _draw_sheets(video: Video, queue: Path, jobs: list[int]) -> None:
    """What `inspect frames` makes of them."""
    print("\ncontact sheets:")
    for job_id, table in zip(jobs, ("full_frames", "cropped_frames"), strict=True):
        sheet = video.path.with_name(f"{table}.png")
        marks = ["--boxes"] if table == "full_frames" and app.boxes(video) else []
        jobd("inspect", "frames", str(job_id), "--db", _short(queue), "-o", _short(sheet), *marks)


def _short(path: Path) -> Path:
    """As seen from the project's folder, which all commands run in."""
    return path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path


if __name__ == "__main__":
    sys.exit(main())

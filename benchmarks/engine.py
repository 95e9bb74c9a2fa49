"""The frame engine beside ffmpeg, OpenCV and plain PyAV, in alternating runs.

    python benchmarks/engine.py [--runs 5] [VIDEO ...]

Every run is a process of its own. CPU is user and system time; of the Python ways without their
imports, which the daemon has done long before a job comes. Prints medians and the ratios to jobd,
and writes benchmarks/results/engine.json. "limit" decodes just the packets that the wanted frames
need, from known keyframes, and neither converts nor compresses.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import av
import cv2

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from jobd.frames.extract import extract  # noqa: E402 - run as a script, from anywhere
from jobd.frames.file import regular_file  # noqa: E402
from jobd.frames.plan import exact_rate, plan  # noqa: E402
from jobd.frames.scan import read_timeline  # noqa: E402
from jobd.frames.skip import SkippingDecoder  # noqa: E402
from jobd.frames.source import Limits, open_source  # noqa: E402
from jobd.frames.spans import needs_of, spans_of  # noqa: E402

RESULTS = Path(__file__).with_name("results") / "engine.json"
FFMPEG = shutil.which("ffmpeg") or sys.exit("the ffmpeg program is not installed")
LIMITS = Limits(8192 * 8192, 1_000_000)
CASES = ((0.1, False), (1.0, False), (2.0, False), (10.0, True))


def bottom_fifth(path: str) -> tuple[int, int, int, int]:
    """Where captions are, as (left, top, right, bottom)."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        return (0, stream.height * 4 // 5, stream.width, stream.height)


def jobd(path: str, rate_hz: float, crop: tuple[int, int, int, int] | None, workers: int) -> int:
    """Our engine, JPEGs included."""
    with extract(
        path, rate_hz, crop=crop, quality=75, limits=LIMITS, tick=lambda _: None, workers=workers
    ) as extraction:
        return sum(1 for _ in extraction.images())


def limit(path: str, rate_hz: float) -> int:
    """Decode what the wanted frames need, nothing else."""
    with regular_file(path) as fd:
        timeline = read_timeline(fd, LIMITS, lambda _: None)
        chosen = plan(timeline, timeline.pts[0], exact_rate(rate_hz), LIMITS.max_images)
        order = timeline.order
        if order is None or not order.orderly():
            return 0
        spans = spans_of(order, needs_of(order, chosen))
        with open_source(fd, LIMITS) as source:
            begun_s = time.process_time()
            count = sum(1 for _ in SkippingDecoder(source, lambda: None).frames(spans))
    print(json.dumps({"cpu_s": time.process_time() - begun_s}))
    return count


def opencv(path: str, rate_hz: float, crop: tuple[int, int, int, int] | None) -> int:
    """grab() every frame, retrieve() the wanted ones."""
    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    count, wanted = 0, 0
    while capture.grab():
        if capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 * rate_hz >= wanted:
            _, bgr = capture.retrieve()
            left, top, right, bottom = crop or (0, 0, bgr.shape[1], bgr.shape[0])
            cv2.imencode(".jpg", bgr[top:bottom, left:right], [cv2.IMWRITE_JPEG_QUALITY, 75])
            wanted += 1
        count += 1
    return wanted


def pyav(path: str, rate_hz: float, crop: tuple[int, int, int, int] | None) -> int:
    """Decode everything in one thread, keep the wanted ones."""
    wanted = 0
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            if (frame.time or 0) * rate_hz >= wanted:
                bgr = frame.to_ndarray(format="bgr24")
                left, top, right, bottom = crop or (0, 0, bgr.shape[1], bgr.shape[0])
                cv2.imencode(".jpg", bgr[top:bottom, left:right], [cv2.IMWRITE_JPEG_QUALITY, 75])
                wanted += 1
    return wanted


def ffmpeg(path: str, rate_hz: float, crop: tuple[int, int, int, int] | None, threads: int) -> str:
    """The command line of the pipeline that jobd replaces."""
    filters = f"fps={rate_hz}"
    if crop:
        left, top, right, bottom = crop
        filters = f"crop={right - left}:{bottom - top}:{left}:{top},{filters}"
    some = f"-threads {threads}" if threads else ""
    return f"{some} -i {path} -vf {filters} -q:v 6 -f image2pipe -c:v mjpeg"


def run_once(way: str, path: str, rate_hz: float, *, cropped: bool) -> dict[str, float]:
    """One run in a process of its own."""
    if way.startswith("ffmpeg"):
        crop = bottom_fifth(path) if cropped else None
        arguments = ffmpeg(path, rate_hz, crop, 1 if way == "ffmpeg 1 thread" else 0)
        command = [FFMPEG, "-v", "error", "-nostdin", *arguments.split(), "/dev/null", "-y"]
        begun_s = time.monotonic()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - begun_s
        return {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall_s}
    spec = json.dumps([way, path, rate_hz, cropped])
    done = subprocess.run(
        [sys.executable, __file__, "--one", spec], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[0])
    return figures


def one(spec: str) -> None:
    """Inside the process of one run."""
    way, path, rate_hz, cropped = json.loads(spec)
    crop = bottom_fifth(path) if cropped else None
    begun_s, cpu_s = time.monotonic(), time.process_time()
    match way:
        case "jobd":
            jobd(path, rate_hz, crop, 1)
        case "jobd 2 threads":
            jobd(path, rate_hz, crop, 2)
        case "limit":
            limit(path, rate_hz)
        case "OpenCV":
            opencv(path, rate_hz, crop)
        case "PyAV":
            pyav(path, rate_hz, crop)
    print(json.dumps({"cpu_s": time.process_time() - cpu_s, "wall_s": time.monotonic() - begun_s}))


WAYS = ("jobd", "jobd 2 threads", "limit", "ffmpeg 1 thread", "ffmpeg", "OpenCV", "PyAV")


def measured(path: Path, rate_hz: float, runs: int, *, cropped: bool) -> dict[str, Any]:
    """All ways in turn, several times."""
    figures: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(runs):
        for way in WAYS:
            figures[way].append(run_once(way, str(path), rate_hz, cropped=cropped))
    return {
        way: {key: round(statistics.median(run[key] for run in runs_), 3) for key in runs_[0]}
        | {"cpu_s_spread": [round(f([run["cpu_s"] for run in runs_]), 3) for f in (min, max)]}
        for way, runs_ in figures.items()
    }


def main() -> None:
    """Measure all videos, print a table and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one")
    parser.add_argument("videos", nargs="*", type=Path)
    options = parser.parse_args()
    if options.one:
        one(options.one)
        return
    media = ROOT / "tests" / "media"
    rows = []
    for path in options.videos or [media / "bbb_trailer_720p_h264.mp4", media / "nasa_h264.mp4"]:
        for rate_hz, cropped in CASES:
            ways = measured(path, rate_hz, options.runs, cropped=cropped)
            rows.append({"video": path.name, "rate_hz": rate_hz, "cropped": cropped, "ways": ways})
            ours = ways["jobd"]["cpu_s"]
            shown = "  ".join(f"{w} {f['cpu_s'] / ours:.2f}" for w, f in ways.items())
            print(f"{path.name} {rate_hz:g} Hz{' cropped' if cropped else ''}, CPU ÷ jobd: {shown}")
            wall = ways["ffmpeg"]["wall_s"] / ways["jobd 2 threads"]["wall_s"]
            print(
                f"    {ours:.2f} s CPU; wall, ffmpeg ÷ jobd with 2 threads: {wall:.2f}", flush=True
            )
    versions = {"av": av.__version__, "cv2": cv2.__version__, "python": platform.python_version()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"versions": versions, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

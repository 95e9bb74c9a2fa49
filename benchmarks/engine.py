"""The frame engine beside ffmpeg, OpenCV, PyAV, decord and torchcodec, in alternating runs.

    python -m benchmarks.engine [--quick] [--runs 5] [--rates 0.1,10] [--ways jobd,ffmpeg]
                                [--every] [part of a video's name ...]

Every run is a process of its own. CPU is user and system time; of the Python ways without their
imports, which the daemon has done long before a job comes. A ratio is the median of those of the
rounds: a round runs all ways, one after the other. What was measured goes into
benchmarks/results/engine.json, beside the rows that were measured earlier with the same versions.
--quick runs little, once, and writes nothing. The table takes hours: name videos for a part of it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks import _ffmpeg, _limit, _peers, _ways
from benchmarks._chart import draw
from benchmarks._rows import Row, about_row, about_video, bottom_fifth, place, rows
from benchmarks._run import PEERS_PYTHON, Run, Task, in_python
from benchmarks._versions import machine, versions

RESULTS = Path(__file__).with_name("results") / "engine.json"
WAYS = (
    *("jobd", "jobd 2 threads", "limit", "limit + JPEGs", "ffmpeg 1 thread", "ffmpeg"),
    *("OpenCV", "PyAV", "decord", "torchcodec exact", "torchcodec approximate"),
)


def run(task: Task) -> Run:
    """One run of any way."""
    if task.way in _peers.LOADERS:
        return in_python("_peers", task, str(PEERS_PYTHON))
    if task.way in _limit.LOADERS:
        return in_python("_limit", task)
    if task.way in _ways.LOADERS:
        return in_python("_ways", task)
    return _ffmpeg.run(task)


def figures(runs: list[Run], ours: list[Run], folder: Path) -> dict[str, Any]:
    """Of one way: medians, extremes, and the ratios to jobd's runs of the same rounds."""
    failures = [run.failure for run in runs if run.failure]
    if failures:
        return {"failure": failures[0].replace(f"{folder}/", "")}
    cpu_s, wall_s = [run.cpu_s for run in runs], [run.wall_s for run in runs]
    return {
        "cpu_s": spread(cpu_s),
        "wall_s": spread(wall_s),
        "cpu_ratio": spread([a / b.cpu_s for a, b in zip(cpu_s, ours, strict=True) if b.cpu_s]),
        "images": runs[0].images,
        "mean_jpeg_bytes": round(runs[0].size_bytes / max(1, runs[0].images)),
    }


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    if not values:
        return {}
    shown = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 3) for name, value in shown.items()}


def measured(row: Row, ways: list[str], count: int) -> dict[str, Any]:
    """All ways in turn, several times."""
    crop = bottom_fifth(row.path) if row.cropped else None
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for _ in range(count):
        for way in ways:
            runs[way].append(run(Task(way, str(row.path), row.rate_hz, crop)))
    return {
        "video": row.video,
        "rate_hz": row.rate_hz,
        "cropped": row.cropped,
        "runs": count,
        **about_row(row),
        "ways": {way: figures(some, runs["jobd"], row.path.parent) for way, some in runs.items()},
        "ratios": ratios(runs),
    }


def ratios(runs: dict[str, list[Run]]) -> dict[str, dict[str, float]]:
    """What the goals speak of, round by round."""
    wanted = {
        "cpu: ffmpeg 1 thread / jobd": ("cpu_s", "ffmpeg 1 thread", "jobd"),
        "cpu: ffmpeg / jobd": ("cpu_s", "ffmpeg", "jobd"),
        "cpu: jobd / limit": ("cpu_s", "jobd", "limit"),
        "cpu: jobd / limit + JPEGs": ("cpu_s", "jobd", "limit + JPEGs"),
        "wall: ffmpeg / jobd 2 threads": ("wall_s", "ffmpeg", "jobd 2 threads"),
    }
    found = {}
    for name, (figure, above, below) in wanted.items():
        pairs = zip(runs.get(above, []), runs.get(below, []), strict=False)
        quotients = [
            getattr(a, figure) / getattr(b, figure)
            for a, b in pairs
            if not a.failure and not b.failure
        ]
        if quotients:
            found[name] = spread(quotients)
    return found


def show(row: Row, found: dict[str, Any]) -> None:
    """A few lines for a person."""
    print(f"{row.title}: {found['frames_wanted']} frames, {found['packets_to_decode']} to decode")
    for way, its in found["ways"].items():
        if "failure" in its:
            print(f"    {way:24}failed: {its['failure']}")
            continue
        cpu, wall, ratio = (its[key].get("median", 0) for key in ("cpu_s", "wall_s", "cpu_ratio"))
        print(
            f"    {way:24}{cpu:8.2f} s CPU {wall:8.2f} s wall {ratio:6.2f} x jobd's CPU"
            f" {its['images']:6} images"
        )
    shown = (f"{name} {ratio['median']:.2f}" for name, ratio in found["ratios"].items())
    print(f"    {'; '.join(shown)}", flush=True)


def store(found: dict[tuple[str, float, bool], Any], videos: dict[str, Any]) -> None:
    """Put what was found beside what is there from the same versions on the same machine."""
    setting = {"versions": versions(), "machine": machine()}
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    same = all(earlier.get(key) == value for key, value in setting.items())
    kept = earlier if same else {"videos": {}, "rows": []}
    table = {(r["video"], r["rate_hz"], r["cropped"]): r for r in kept["rows"]} | found
    report = {
        **setting,
        "videos": kept["videos"] | videos,
        "rows": [table[key] for key in sorted(table, key=lambda key: place(*key))],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("videos", nargs="*", help="parts of their names")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rates", type=lambda text: [float(rate) for rate in text.split(",")])
    parser.add_argument("--ways", type=lambda text: text.split(","), help="besides jobd")
    parser.add_argument("--every", action="store_true", help="all rates of all videos")
    parser.add_argument("--quick", action="store_true", help="once, and write nothing")
    return parser.parse_args()


def usable(wanted: list[str] | None) -> list[str]:
    """The ways to run; says which cannot be."""
    there = versions()
    missing = {name for name in ("decord", "torchcodec") if name not in there}
    for name in sorted(missing):
        print(f"{name} is not installed here, see `make peers`", file=sys.stderr)
    ways = [way for way in WAYS if way.split()[0] not in missing]
    return [way for way in ways if not wanted or way == "jobd" or way in wanted]


def main() -> None:
    """Measure, print, and store row by row."""
    given = arguments()
    if given.quick:
        given.videos, given.runs = given.videos or ["bbb_trailer"], 1
        given.rates = given.rates or [0.1, 10.0]
    ways = usable(given.ways)
    for row in rows(given.videos, given.rates or [], every=given.every):
        found = measured(row, ways, given.runs)
        show(row, found)
        if not given.quick:
            store({row.key: found}, {row.video: about_video(row.path)})
            draw()


if __name__ == "__main__":
    main()

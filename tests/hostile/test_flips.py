"""Videos with flipped bits: the daemon lives, and nothing is completed that is not whole."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.support.house import House, jobd, run_sql
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from tests.support.tally import Tally

CLIPS = (
    ("libx264", "mp4", "yuv420p"),
    ("libx264", "mkv", "yuv420p"),
    ("libx264", "ts", "yuv420p"),
    ("libx265", "mp4", "yuv420p"),
    ("libvpx", "webm", "yuv420p"),
    ("libvpx-vp9", "webm", "yuv420p"),
    ("libsvtav1", "mkv", "yuv420p"),
    ("mpeg4", "avi", "yuv420p"),
    ("mjpeg", "avi", "yuvj420p"),
    ("libx264", "flv", "yuv420p"),
)
QUIET = {"libx265": {"x265-params": "log-level=none"}}
BATCH = 40
WORK: tuple[tuple[str, dict[str, object]], ...] = (
    ("full_frames", {}),
    ("crop_frames", {"cropBounds": {"left": 8, "top": 8, "right": 56, "bottom": 40}}),
)


def clips(folder: Path) -> list[Path]:
    return [
        write_video(
            folder / f"{n}.{suffix}",
            every(40, 50),
            codec=codec,
            pix_fmt=pix_fmt,
            options={"g": "12"} | QUIET.get(codec, {}),
        )
        for n, (codec, suffix, pix_fmt) in enumerate(CLIPS)
    ]


def flipped(data: bytes, seed: int) -> bytes:
    """The first bytes spared in two of three; from one bit in ten thousand to one in fifty."""
    dice = random.Random(seed)  # noqa: S311 - repeatable
    spared = 0 if seed % 3 == 0 else 64
    damaged = bytearray(data)
    bits = 8 * (len(data) - spared)
    for _ in range(max(1, int(bits * 10 ** dice.uniform(-4, -1.7)))):
        at = 8 * spared + dice.randrange(bits)
        damaged[at // 8] ^= 1 << at % 8
    return bytes(damaged)


def try_seeds(house: House, seeds: range) -> dict[str, int]:
    jobd("init", "--db", house.db)
    originals = clips(house.folder)
    ends: dict[str, int] = {}
    for begin in range(seeds.start, seeds.stop, BATCH):
        jobs = [
            queued(house, seed, originals) for seed in range(begin, min(begin + BATCH, seeds.stop))
        ]
        house.work_off("--backoff-s", "0", "--no-progress-s", "20", "--concurrency", "3")
        for job, database in jobs:
            end = checked(house, job, database)
            ends[end] = ends.get(end, 0) + 1
    return ends


def queued(house: House, seed: int, originals: list[Path]) -> tuple[int, str]:
    source = originals[seed % len(originals)]
    payload = house.video(f"v{seed}", source)
    Path(payload["videoPath"]).write_bytes(flipped(source.read_bytes(), seed))
    kind, more = WORK[seed // len(originals) % 2]
    return house.insert(kind, payload | {"frameRate": 5} | more), payload["dbPath"]


def checked(house: House, job: int, database: str) -> str:
    """How a job ended; what is completed must be whole."""
    kind, status, error, result = house.job(job, "kind", "status", "error", "result")
    if status != "completed":
        assert status == "failed", f"job {job}: {status}"
        assert error
        assert "\n" not in error
        return "crashed" if "crashed" in error else "failed"
    table = {"full_frames": "full_frames", "crop_frames": "cropped_frames"}[kind]
    rows = run_sql(database, f"SELECT frame_index, image_data FROM {table} ORDER BY 1")
    step = 2 if kind == "full_frames" else 1
    told = json.loads(result)
    assert [index for index, _ in rows] == [step * k for k in range(told["frames"])], f"job {job}"
    for _, image in rows:
        assert cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR) is not None
    return "completed, concealed" if told["concealed"] else "completed"


def test_some_flipped_videos(house: House, tally: Tally) -> None:
    ends = try_seeds(house, range(80))
    tally.add(f"flipped videos: {ends}", 80, 0)


@pytest.mark.long
def test_two_thousand_flipped_videos(house: House, tally: Tally) -> None:
    ends = try_seeds(house, range(1000, 3000))
    tally.add(f"flipped videos: {ends}", 2000, 0)

"""A disk that is full, under the queue or under a video, and then has room again."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.smalldisk import scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.tally import Tally

    Scene = tuple[str, int, str]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="LOUD: mounting a small disk needs root and unshare",
)
# The job makes 11 MB: the first disk cannot even take its status, the others end within its stage.
SHORT: list[Scene] = [("video", 8, "wal"), ("video", 13_000, "wal"), ("queue", 40, "delete")]
SIZES_KB = [0, 8, 16, 32, 48, 64, 96, 128, 256, 512, 1000, 2000, 4000, 8000]
LARGE_KB = [9000, 10_000, 12_000, 14_000, 17_000, 20_000]


def check(folder: Path, tally: Tally, scenes: list[Scene]) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda nth: scene_of(folder, nth, scenes), range(len(scenes))))
    tally.add("full disks", len(scenes), sum(map(bool, found)))
    assert [(of, wrong) for of, wrong in zip(scenes, found, strict=True) if wrong] == []


def scene_of(folder: Path, nth: int, scenes: list[Scene]) -> list[str]:
    name, size_kb, journal = scenes[nth]
    return scene(name, folder / str(nth), size_kb, journal)


def test_three_full_disks(tmp_path: Path, tally: Tally) -> None:
    check(tmp_path, tally, SHORT)


@pytest.mark.long
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_videos_on_twenty_full_disks(tmp_path: Path, tally: Tally, journal: str) -> None:
    check(tmp_path, tally, [("video", size, journal) for size in SIZES_KB + LARGE_KB])


@pytest.mark.long
def test_queues_on_full_disks(tmp_path: Path, tally: Tally) -> None:
    check(tmp_path, tally, [("queue", size, "delete") for size in SIZES_KB])

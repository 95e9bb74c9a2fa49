"""Every odd file comes to its stated end, alone, and nobody reads what it points to."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.corpus import CORPUS, Odd
from tests.support.house import House, jobd
from tests.support.video import every, write_video
from tests.support.watch import watched

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches by inotify")


def queued(house: House, number: int, odd: Odd, secret: Path) -> int:
    payload = house.video(f"v{number}", secret)
    path = house.folder / f"v{number}" / odd.name
    odd.make(path, secret)
    return house.insert("full_frames", payload | {"videoPath": str(path), "frameRate": 5})


def test_every_file_of_the_corpus(house: House, tmp_path: Path) -> None:
    jobd("init", "--db", house.db)
    (tmp_path / "secrets").mkdir()
    secret = write_video(tmp_path / "secrets" / "secret.ts", every(40, 50, 0))
    jobs = {odd: queued(house, n, odd, secret) for n, odd in enumerate(CORPUS)}
    sound = house.insert("full_frames", house.video("sound"))
    before = secret.read_bytes()
    with watched(secret) as touched:
        house.work_off("--backoff-s", "0")
        assert not touched()
    assert secret.read_bytes() == before
    assert house.job(sound, "status") == "completed"
    wrong = [
        f"{odd.name!r}: {fault}"
        for odd, job in jobs.items()
        if (fault := fault_of(house, job, odd))
    ]
    assert wrong == []


def fault_of(house: House, job: int, odd: Odd) -> str | None:
    status, error, attempts = house.job(job, "status", "error", "attempts")
    if odd.end == "":
        return None if status == "completed" else f"{status}: {error}"
    good = status == "failed" and odd.end in error and attempts <= 3
    readable = "\n" not in error and "Traceback" not in error
    return None if good and readable else f"{status} after {attempts}: {error}"


def test_a_path_that_is_swapped_all_the_time_never_leads_out(house: House, tmp_path: Path) -> None:
    jobd("init", "--db", house.db)
    (tmp_path / "secrets").mkdir()
    secret = write_video(tmp_path / "secrets" / "secret.mp4", every(40, 50))
    payload = house.video()
    path = house.folder / "v1" / "video.mp4"
    jobs = [house.insert("full_frames", payload) for _ in range(30)]
    over = threading.Event()
    swapper = threading.Thread(target=swap, args=(path, secret, over))
    with watched(secret) as touched:
        swapper.start()
        house.work_off("--backoff-s", "0")
        over.set()
        swapper.join()
        assert not touched()
    ends = {house.job(job, "status", "error") for job in jobs}
    assert {status for status, _ in ends} <= {"completed", "failed"}
    assert all("is a link" in error or "No such file" in error for _, error in ends if error)


def swap(path: Path, secret: Path, over: threading.Event) -> None:
    """Now the video, now a link to the secret."""
    real, link = path.with_name("real"), path.with_name("link")
    path.rename(real)
    while not over.is_set():
        os.link(real, path.with_name("next"))
        path.with_name("next").replace(path)
        link.symlink_to(secret)
        link.replace(path)

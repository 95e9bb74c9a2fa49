"""Jobs so small that faults can be tried by the hundred, and what a clean run makes of them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.house import House, jobd
from tests.support.invariants import TABLES, Acknowledged, Frames, frames_in, violations
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from typing import Literal

WISHES: dict[str, dict[str, Any]] = {
    "full_frames": {"frameRate": 2},
    "crop_frames": {"cropBounds": {"left": 0, "top": 0, "right": 32, "bottom": 16}},
}


@cache
def tiny_video() -> Path:
    """One second of numbered pictures."""
    folder = Path(tempfile.mkdtemp(prefix="jobd-tiny-"))
    return write_video(folder / "tiny.mp4", every(40, 25), options={"g": "5"})


@dataclass
class Tiny:
    """A house with tiny videos, and every job that was acknowledged."""

    house: House
    jobs: list[Acknowledged] = field(default_factory=list)

    def video(
        self, name: str = "v1", journal: Literal["delete", "wal"] = "delete"
    ) -> dict[str, str]:
        """A video of its own."""
        return self.house.video(name, tiny_video(), journal=journal)

    def add(self, payload: dict[str, str], kind: str, **columns: Any) -> int:
        """Queue one job; once this returns, it is acknowledged."""
        job = self.house.insert(kind, payload | WISHES[kind], **columns)
        self.jobs.append(Acknowledged(job, kind, Path(payload["dbPath"])))
        return job

    def add_both(self, payload: dict[str, str], **columns: Any) -> None:
        """A job of each kind."""
        for kind in WISHES:
            self.add(payload, kind, **columns)

    def violations(self) -> list[str]:
        """What is wrong, now that all has ended."""
        return violations(self.house.db, self.jobs, clean())


@cache
def _new_queue() -> Path:
    path = Path(tempfile.mkdtemp(prefix="jobd-queue-")) / "jobs.db"
    jobd("init", "--db", path)
    return path


def tiny_house(folder: Path) -> Tiny:
    """A fresh queue in a folder of its own."""
    folder.mkdir(exist_ok=True)
    house = House(folder)
    shutil.copyfile(_new_queue(), house.db)
    return Tiny(house)


@cache
def clean() -> dict[str, Frames]:
    """The frames of a run without faults, by kind."""
    with tempfile.TemporaryDirectory(prefix="jobd-clean-") as folder:
        tiny = tiny_house(Path(folder))
        payload = tiny.video()
        tiny.add_both(payload)
        tiny.house.work_off()
        database = Path(payload["dbPath"])
        found = {kind: frames_in(database, table) for kind, table in TABLES.items()}
    assert [len(frames) for frames in found.values()] == [2, 10]
    assert "no picture" not in {what for frames in found.values() for *_, what in frames.values()}
    return found

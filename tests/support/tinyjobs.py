"""Jobs so small that faults can be tried by the hundred, and what a clean run makes of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.house import House, jobd
from tests.support.invariants import TABLES, Acknowledged, Frames, frames_in, violations
from tests.support.scratch import fresh
from tests.support.variants import VARIANTS
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from typing import Literal

WISHES = {kind: variants[0] for kind, variants in VARIANTS.items()}


@cache
def tiny_video() -> Path:
    """One second of numbered pictures."""
    return write_video(fresh("tiny") / "tiny.mp4", every(40, 25), options={"g": "5"})


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

    def acknowledge(self, job: int, kind: str, database: str, *ends: str) -> None:
        """Another program's job."""
        self.jobs.append(Acknowledged(job, kind, Path(database), frozenset(ends)))

    def violations(self) -> list[str]:
        """What is wrong, now that all has ended."""
        return violations(self.house.db, self.jobs, clean())


@cache
def _new_queue() -> Path:
    path = fresh("queue") / "jobs.db"
    jobd("init", "--db", path)
    return path


def tiny_house(folder: Path) -> Tiny:
    """A fresh queue in a folder of its own."""
    folder.mkdir(exist_ok=True)
    house = House(folder)
    shutil.copyfile(_new_queue(), house.db)
    return Tiny(house)


@cache
def clean() -> dict[str, list[Frames]]:
    """The frames of runs without faults, by kind; two sets where the bounds differ."""
    found: dict[str, list[Frames]] = {}
    tiny = tiny_house(fresh("clean"))
    for nth, (kind, wish) in enumerate(((k, w) for k, both in VARIANTS.items() for w in both)):
        payload = tiny.video(f"v{nth}")
        tiny.house.insert(kind, payload | wish)
        tiny.house.work_off()
        found.setdefault(kind, []).append(frames_in(Path(payload["dbPath"]), TABLES[kind]))
    assert [len(frames) for both in found.values() for frames in both] == [2, 10, 10]
    assert "no picture" not in {
        what for each in found.values() for f in each for *_, what in f.values()
    }
    return found

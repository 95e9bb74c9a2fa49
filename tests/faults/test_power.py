"""The power goes at any moment: what was promised is there, and what is there is whole."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from jobd.queue.create import create
from jobd.queue.file import Queue, open_queue
from jobd.queue.kinds import register
from jobd.queue.lease import take_lease
from jobd.queue.lifecycle import Outcome
from jobd.queue.recover import orphans
from jobd.queue.settle import settle
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target, Work
from jobd.videodb.publish import publish_without_frames
from jobd.videodb.status import FullFramesStatus
from tests.support.appdb import make_video_db
from tests.support.powervfs import Disk, Recorder, recording
from tests.support.queuefile import COMPLETED, KINDS, LEASE_MS, HandClock, payload
from tests.support.videojob import run_attempt

if TYPE_CHECKING:
    from typing import Literal

    from jobd.queue.lease import Lease
    from tests.support.tally import Tally

FRAMES = 40  # of 12,000 bytes: the stage and the publish are several commits
LATEST = (
    "SELECT max(a.id) FROM job_attempts AS a JOIN jobs AS j ON j.id = a.job_id"
    " WHERE j.kind = ? AND j.status = 'completed' AND json_extract(j.payload, ?) IS ?"
)
FENCE = "SELECT attempt_id, published FROM jobd_fence WHERE target = ?"
TARGETS = {"full_frames": Target.FULL_FRAMES, "crop_frames": Target.CROPPED_FRAMES}
FILES = payload(store="files")  # its frames lie elsewhere
INSERT = "INSERT INTO jobs (kind, payload) VALUES (?, ?) RETURNING id"


@dataclass(frozen=True, slots=True)
class Desk:
    """A queue and one video, in a folder that can be recorded."""

    folder: Path

    @property
    def queue(self) -> Path:
        return self.folder / "jobs.db"

    @property
    def video(self) -> Path:
        return self.folder / "annotations.db"


def work_of(lease: Lease) -> Work:
    return Work(lease.queue_id, lease.attempt_id, lease.job_id, lease.round)


def finish(desk: Desk, queue: Queue, lease: Lease) -> None:
    """An attempt, and its settling: in this order."""
    if lease.payload == FILES.encode():
        run_without_frames(desk, lease)
    else:
        run_attempt(desk.video, TARGETS[lease.kind], work_of(lease), FRAMES)
    settle(queue, lease, Outcome.COMPLETED, COMPLETED)


def run_without_frames(desk: Desk, lease: Lease) -> None:
    """Nothing is written after its publish, whose commit alone must outlive the power."""
    target = TARGETS[lease.kind]
    with open_video_db(desk.video) as video:
        video.prepare()
        if not fence.take(video, target, work_of(lease)):
            finish = FullFramesStatus(video)
            publish_without_frames(
                video, target, work_of(lease), lambda: finish.complete("processing_complete")
            )


def write(desk: Desk, recorder: Recorder) -> None:
    """A writer, and the daemon's own steps; promises are marked when they are made."""
    with closing(open_queue(desk.queue, HandClock())) as queue:
        register(queue, KINDS, 2)
        for _ in range(3):
            for kind, text in (*((kind, payload()) for kind in TARGETS), ("full_frames", FILES)):
                recorder.mark(("queued", insert(desk.queue, kind, text)))
            while lease := take_lease(queue, LEASE_MS):
                finish(desk, queue, lease)
                recorder.mark(("completed", lease.job_id))


def insert(path: Path, kind: str, text: str) -> int:
    """Another program, on a connection of its own, that keeps to the contract."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
        db.execute("PRAGMA synchronous = FULL")
        return int(db.execute(INSERT, (kind, text)).get)


def recorded(folder: Path, journal: Literal["delete", "wal"]) -> Recorder:
    folder.mkdir()
    desk = Desk(folder)
    create(desk.queue, KINDS)
    make_video_db(desk.video, journal)
    with recording(folder) as recorder:
        write(desk, recorder)
    return recorder


def images(recorder: Recorder, folder: Path, count: int, seed: int) -> Any:
    """So many disks after a power cut, each with what had been promised by then."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    disk = Disk(recorder)
    for at in sorted(dice.randint(1, len(recorder.events)) for _ in range(count)):
        disk.play(at)
        desk = Desk(folder / str(at))
        desk.folder.mkdir(exist_ok=True)
        for path, content in disk.cut(dice).items():
            (desk.folder / Path(path).name).write_bytes(content)
        yield at, desk, list(disk.marks)
        for used in desk.folder.iterdir():
            used.unlink()


def wrong_with(desk: Desk, marks: list[tuple[str, int]]) -> list[str]:
    with closing(opened(desk.queue)) as queue, closing(opened(desk.video)) as video:
        found = [
            f"{name} is damaged"
            for name, db in (("the queue", queue), ("the video", video))
            if db.execute("PRAGMA integrity_check").get != "ok"
        ]
        if found:
            return found
        status = dict(queue.execute("SELECT id, status FROM jobs"))
        found += [f"job {job} is not {word}" for word, job in marks if not kept(status, job, word)]
        for kind, target in TARGETS.items():
            found += unseen(queue, video, kind, target)
    return found


def opened(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    db.execute("PRAGMA synchronous = OFF")
    return db


def kept(status: dict[int, str], job: int, word: str) -> bool:
    return job in status if word == "queued" else status.get(job) == word


def unseen(queue: apsw.Connection, video: apsw.Connection, kind: str, target: Target) -> list[str]:
    """Frames are of one whole run, and not older than the last completed job."""
    shown = video.execute(f"SELECT count(*), min(width), max(width) FROM {target}").get
    count, low, high = shown
    found = []
    if count and (count != FRAMES or low != high):
        found.append(f"{target} is a mixture: {shown}")
    latest = queue.execute(LATEST, (kind, "$.store", None)).get
    if latest and (low or 0) < latest:
        found.append(f"{kind}: attempt {latest} completed, but {target} shows {shown}")
    of_all = queue.execute(LATEST, (kind, "$.none", None)).get
    holder = video.execute(FENCE, (target,)).fetchall() if of_all else []
    if of_all and (not holder or holder[0] < (of_all, 1)):
        found.append(f"{kind}: attempt {of_all} completed, but the fence says {holder}")
    return found


def go_on(desk: Desk) -> list[str]:
    """A daemon's start on that disk, and all that is left to do."""
    with closing(open_queue(desk.queue, HandClock())) as queue:
        for orphan in orphans(queue):
            finish(desk, queue, orphan)
        while lease := take_lease(queue, LEASE_MS):
            finish(desk, queue, lease)
        left = queue.db.execute("SELECT id FROM jobs WHERE status <> 'completed'").fetchall()
    return [f"never completed: {left}"] if left else wrong_with(desk, [])


def cut_power(folder: Path, journal: Literal["delete", "wal"], count: int, seed: int) -> None:
    recorder = recorded(folder / "whole", journal)
    for nth, (at, image, marks) in enumerate(images(recorder, folder, count, seed)):
        wrong = wrong_with(image, marks) or (go_on(image) if nth % 25 == 0 else [])
        assert wrong == [], f"cut before event {at} of {len(recorder.events)}, seed {seed}"


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_power_may_go_at_any_moment(
    tmp_path: Path, tally: Tally, journal: Literal["delete", "wal"]
) -> None:
    cut_power(tmp_path, journal, 250, seed=1)
    tally.add(f"power cuts, {journal}", 250, 0)


@pytest.mark.long
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_power_goes_two_thousand_times(
    tmp_path: Path, tally: Tally, journal: Literal["delete", "wal"]
) -> None:
    cut_power(tmp_path, journal, 1000, seed=2)
    tally.add(f"power cuts, {journal}", 1000, 0)

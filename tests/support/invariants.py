"""What must hold of a queue and its videos when all has come to rest, whatever happened before.

Run it where jobd's SQLite has none of the files open: it asks by Python's own.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Frames = dict[int, tuple[int, int, str]]  # frame_index → width, height, hash of the JPEG

TABLES = {"full_frames": "full_frames", "crop_frames": "cropped_frames"}
STATUS = {"full_frames": "processing_status", "crop_frames": "crop_frames_status"}
FINAL_WORDS = {"full_frames": "processing_complete", "crop_frames": "complete"}
_ENDED = {"completed", "failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A job whose INSERT was acknowledged, and how it may end.

    Attributes:
        id: Its row.
        kind: What it is.
        database: Of its video.
        ends: The states that it may end in.
    """

    id: int
    kind: str
    database: Path
    ends: frozenset[str] = frozenset({"completed"})


def rows(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask a database."""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        return db.execute(sql, values).fetchall()


def frames_in(database: Path, table: str) -> Frames:
    """A table of frames, in short; a picture that cannot be decoded is no picture."""
    found = rows(database, f"SELECT frame_index, width, height, image_data FROM {table}")
    return {index: (width, height, _hash(jpeg)) for index, width, height, jpeg in found}


def _hash(jpeg: bytes) -> str:
    if cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is None:
        return "no picture"
    return hashlib.sha256(jpeg).hexdigest()


def violations(
    queue: Path, jobs: Sequence[Acknowledged], clean: Mapping[str, Sequence[Frames]]
) -> list[str]:
    """Everything that is wrong, each as a sentence.

    Args:
        queue: The queue file; no daemon runs.
        jobs: All that were acknowledged.
        clean: The frames of runs without faults, by kind: any of them, whole.
    """
    found = [*_integrity(queue), *_of_queue(queue)]
    for job in jobs:
        found += _of_job(queue, job)
    for database in sorted({job.database for job in jobs}):
        found += [*_integrity(database), *_left_over(database.parent), *_stages(database)]
    for kind, database in sorted({(job.kind, job.database) for job in jobs}):
        found += _of_target(queue, kind, database, clean[kind])
    return [*found, *_left_over(queue.parent)]


def _integrity(path: Path) -> Iterator[str]:
    verdict = rows(path, "PRAGMA integrity_check")
    if verdict != [("ok",)]:
        yield f"{path.name} is damaged: {verdict}"


def _of_queue(queue: Path) -> Iterator[str]:
    for (attempt,) in rows(queue, "SELECT id FROM job_attempts WHERE outcome IS NULL"):
        yield f"attempt {attempt} has no outcome"
    twice = (
        "SELECT job_id, round FROM job_attempts WHERE outcome = 'completed'"
        " GROUP BY job_id, round HAVING count(*) > 1"
    )
    for job, round_ in rows(queue, twice):
        yield f"job {job} completed twice in round {round_}"
    counted = (
        "SELECT a.job_id, a.round, count(*) AS made, j.max_attempts"
        " FROM job_attempts AS a JOIN jobs AS j ON j.id = a.job_id"
        " WHERE a.outcome NOT IN ('handed_back', 'cancelled')"
        " GROUP BY a.job_id, a.round HAVING made > j.max_attempts"
    )
    for job, round_, made, most in rows(queue, counted):
        yield f"job {job} had {made} attempts in round {round_}, of {most}"
    for job, attempts, most in rows(
        queue, "SELECT id, attempts, max_attempts FROM jobs WHERE attempts > max_attempts"
    ):
        yield f"job {job} says {attempts} attempts of {most}"
    if owed := rows(queue, "SELECT job_id FROM cancellations"):
        yield f"never told: {owed}"


def _of_job(queue: Path, job: Acknowledged) -> Iterator[str]:
    found = rows(
        queue,
        "SELECT kind, status, attempt_id, error, (SELECT count(*) FROM job_attempts AS a"
        " WHERE a.job_id = j.id AND a.round = j.round AND a.outcome = 'completed')"
        " FROM jobs AS j WHERE id = ?",
        job.id,
    )
    if not found:
        yield f"job {job.id} was acknowledged and is lost"
        return
    kind, status, lease, error, completed = found[0]
    if kind != job.kind:
        yield f"job {job.id} is a {kind}, not a {job.kind}"
    if status not in job.ends:
        yield f"job {job.id} {job.kind} is {status}: {error}"
    if status in _ENDED and lease is not None:
        yield f"job {job.id} has ended and is leased"
    if (status == "completed") != (completed == 1):
        yield f"job {job.id} is {status}, with {completed} completed attempts"


def _of_target(queue: Path, kind: str, database: Path, clean: Sequence[Frames]) -> Iterator[str]:
    """The frames are those of one whole run, or none where no job has completed."""
    table = TABLES[kind]
    found = frames_in(database, table)
    latest = rows(
        queue,
        "SELECT status FROM jobs WHERE kind = ? AND json_extract(payload, '$.dbPath') = ?"
        " AND status IN ('completed', 'failed', 'cancelled') ORDER BY finished_at DESC, id DESC",
        kind,
        str(database),
    )
    published = ("completed",) in latest
    if found and found not in clean:
        yield f"{database.parent.name} {table}: {len(found)} frames are not those of a clean run"
    if published and not found:
        yield f"{database.parent.name}: a {kind} job completed, and {table} is empty"
    if latest and latest[0] == ("completed",):
        yield from _word(kind, database)


def _word(kind: str, database: Path) -> Iterator[str]:
    word = rows(database, f"SELECT status, current_job_id FROM {STATUS[kind]}")
    if word != [(FINAL_WORDS[kind], None)]:
        yield f"{database.parent.name} {kind}: the last word is {word}"
    fence = rows(database, "SELECT published FROM jobd_fence WHERE target = ?", TABLES[kind])
    if fence != [(1,)]:
        yield f"{database.parent.name} {kind}: the fence says {fence}"


def _stages(database: Path) -> Iterator[str]:
    for (name,) in rows(database, "SELECT name FROM sqlite_schema WHERE name GLOB 'jobd_stage_*'"):
        yield f"{database.parent.name}: {name} is left"


def _left_over(folder: Path) -> Iterator[str]:
    for path in folder.iterdir():
        if path.name.startswith("."):
            yield f"{path.name} is left in {folder.name}"

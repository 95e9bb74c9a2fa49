"""Databases of videos that the app, or somebody else, has made otherwise or that are damaged."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.house import LONG_VIDEO, House, jobd, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

PICTURES = """
DROP TABLE full_frames;
CREATE TABLE full_frames (frame_index INTEGER PRIMARY KEY, image_data BLOB NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, file_size INTEGER NOT NULL{})
"""
WORDS = """
DROP TABLE processing_status;
CREATE TABLE processing_status (id INTEGER PRIMARY KEY, status TEXT CHECK (status IN ('a', 'b')))
"""
FENCE = """
CREATE TABLE jobd_fence (target TEXT PRIMARY KEY NOT NULL, queue_id TEXT NOT NULL,
    attempt_id INTEGER NOT NULL, job_id INTEGER NOT NULL, round INTEGER NOT NULL,
    published INTEGER NOT NULL);
INSERT INTO jobd_fence VALUES ('full_frames', 'x', 'y', 'z', 'z', 'z')
"""
STAGE = """
CREATE TABLE jobd_stage_full_frames_99 (frame_index TEXT, image_data);
INSERT INTO jobd_stage_full_frames_99 VALUES ('x', NULL)
"""
OTHER_STAGE = "CREATE TABLE jobd_stage_full_frames_99 (other)"
STATUS = "SELECT status, error_message FROM processing_status"
WORK = {"frameRate": 2}


def made_otherwise(house: House, change: str) -> dict[str, str]:
    payload = house.video()
    with closing(sqlite3.connect(payload["dbPath"])) as db:
        db.executescript(change)
    return payload


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (PICTURES.format(", owner TEXT NOT NULL"), "NOT NULL constraint failed"),
        (PICTURES.format(", CHECK (width < 10)"), "CHECK constraint failed"),
        (WORDS, "CHECK constraint failed"),
        ("CREATE TABLE jobd_fence (target)", "ON CONFLICT clause"),
    ],
)
def test_tables_that_cannot_be_written_fail_the_job_at_once_in_one_line(
    house: House, change: str, sentence: str
) -> None:
    jobd("init", "--db", house.db)
    payload = made_otherwise(house, change)
    job = house.insert("full_frames", payload)
    log = house.work_off()
    status, attempts, error = house.job(job, "status", "attempts", "error")
    assert (status, attempts) == ("failed", 1)
    assert error.startswith(f"dbPath {payload['dbPath']} has tables that jobd cannot write: ")
    assert sentence in error
    assert "Traceback" not in log


@pytest.mark.parametrize("change", [FENCE, STAGE, OTHER_STAGE])
def test_rubbish_in_jobds_own_tables_hinders_nobody(house: House, change: str) -> None:
    jobd("init", "--db", house.db)
    payload = made_otherwise(house, change)
    job = house.insert("full_frames", payload)
    log = house.work_off()
    assert house.job(job, "status", "error") == ("completed", None)
    assert "Traceback" not in log


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_old_pictures_that_are_damaged_do_not_make_a_published_job_fail(
    house: House, journal: Literal["delete", "wal"]
) -> None:
    jobd("init", "--db", house.db)
    payload = house.video(journal=journal)
    house.insert("full_frames", payload | WORK)
    house.work_off()
    damage(Path(payload["dbPath"]), "full_frames")
    for _ in range(2):  # the second finds what the first could not remove
        job = house.insert("full_frames", payload | WORK)
        house.work_off()
        assert house.job(job, "status", "error") == ("completed", None)
        assert run_sql(payload["dbPath"], STATUS) == [("processing_complete", None)]
    frames = run_sql(payload["dbPath"], "SELECT count(*), sum(length(image_data)) FROM full_frames")
    assert frames[0][0] == 20


def damage(path: Path, table: str) -> None:
    """Overwrite the root page of a table."""
    (root,) = one(path, f"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'")
    (size,) = one(path, "PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)


def one(path: Path, query: str) -> tuple[Any, ...]:
    return run_sql(path, query)[0]


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_a_link_to_another_database_is_not_followed(
    house: House, sandbox: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "annotations.db"
    jobd("init", "--db", house.db)
    payload = house.video()
    shutil.move(payload["dbPath"], elsewhere)
    Path(payload["dbPath"]).symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    job = house.insert("full_frames", payload)
    house.work_off("--sandbox", sandbox)
    reason = f"dbPath {payload['dbPath']} is a link; name the real place"
    assert house.job(job, "status", "error") == ("failed", reason)
    assert elsewhere.read_bytes() == before


def replaced(path: Path, copy: Path) -> None:
    copy.replace(path)


def stage_dropped(path: Path, _: Path) -> None:
    run_sql(path, "DROP TABLE jobd_stage_full_frames_1")


@pytest.mark.parametrize("change", [replaced, stage_dropped])
def test_a_database_that_is_changed_during_a_run_is_filled_by_the_next_attempt(
    house: House, tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    jobd("init", "--db", house.db)
    payload = house.video(source=LONG_VIDEO)
    path = Path(payload["dbPath"])
    shutil.copyfile(path, tmp_path / "restored.db")
    job = house.insert("full_frames", payload | {"frameRate": 10})
    house.ready()
    while not run_sql(path, "SELECT 1 FROM sqlite_schema WHERE name LIKE 'jobd_stage%'"):
        pass
    change(path, tmp_path / "restored.db")
    house.until_status(job, "completed")
    assert house.job(job, "attempts") == 2
    assert one(path, STATUS) == ("processing_complete", None)
    assert " while the job ran" in house.log()
    assert "Traceback" not in house.log()

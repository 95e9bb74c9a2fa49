"""Ill queues, each real: what doctor says of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from jobd.host import look
from jobd.queue.create import create
from jobd.queue.file import VERSION
from jobd.sqlite import connect, load_blocks
from tests.support.examined import examined
from tests.support.house import LONG_VIDEO, House
from tests.support.queuefile import KINDS

SQL = load_blocks(Path(look.__file__).with_name("doctor.sql"))
DAYS_2 = "(strftime('%s', 'now') - 2 * 86400) * 1000"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP INDEX jobs_ready", "lacks the index jobs_ready"),
        ("DROP TRIGGER jobs_transition", "lacks a trigger or view: jobs_transition"),
        ("CREATE VIEW sly AS SELECT 1", "has a strange trigger or view: sly"),
        ("ALTER TABLE job_logs DROP COLUMN level", "lacks the column job_logs.level"),
    ],
)
def test_what_serve_would_not_start_on(queue: House, change: str, said: str) -> None:
    queue.sql(change)
    found = examined("--quick", "--db", queue.db)
    assert found.amiss() == {"daemon": "warn", "schema": "fail"}
    assert found.checks["schema"]["text"] == f"serve would not start: {queue.db} {said}"
    assert "put it right as `python -m jobd schema` says" in found.checks["schema"]["mend"]


def test_what_serve_is_told_to_allow(queue: House) -> None:
    queue.sql("CREATE VIEW sly AS SELECT 1")
    assert examined("--quick", "--db", queue.db, "--allow-triggers", "sly").amiss() == {
        "daemon": "warn"
    }


def foreign(house: House) -> None:
    house.sql("CREATE TABLE notes (text)")


def no_database(house: House) -> None:
    house.db.write_text("not a database, but longer than its header" * 10)


def too_new(house: House) -> None:
    create(house.db, KINDS)
    house.sql(f"PRAGMA user_version = {VERSION + 1}")


def gutted(house: House) -> None:
    create(house.db, KINDS)
    house.sql("DROP TABLE daemon")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (foreign, "is no jobd queue"),
        (no_database, "file is not a database"),
        (too_new, f"has version {VERSION + 1}, this jobd knows {VERSION}"),
        (gutted, "no such table: daemon"),
        (lambda house: house.db.mkdir(), "is no file"),
    ],
)
def test_what_is_no_queue_of_ours_fails(house: House, spoil: Any, words: str) -> None:
    spoil(house)
    found = examined("--quick", "--db", house.db)
    assert found.amiss() == {"queue": "fail"}
    assert words in found.checks["queue"]["text"]


def test_a_killed_daemon_leaves_stale_rows(house: House) -> None:
    daemon = house.ready()
    job = house.insert("full_frames", house.video(source=LONG_VIDEO))
    house.until_status(job, "running")
    daemon.kill()
    daemon.wait()
    found = examined("--quick", "--db", house.db)
    assert found.amiss() == {"daemon": "warn", "orphans": "warn"}
    assert found.checks["orphans"]["text"].startswith("running jobs: 1, open attempts: 1,")


def test_rows_that_do_not_go_on(queue: House) -> None:
    paths = queue.video()
    queue.insert("full_frames", paths)
    queue.insert("full_frames", paths, run_at=4_102_444_800_000)
    assert examined("--quick", "--db", queue.db).amiss() == {"daemon": "warn"}
    queue.sql(f"UPDATE jobs SET created_at = {DAYS_2}")
    queue.sql("DROP TRIGGER kinds_known")
    queue.insert("run_ocr", paths)
    queue.sql(
        "UPDATE jobs SET status = 'cancelled' WHERE id = ?",
        queue.insert("crop_frames", crop(paths)),
    )
    queue.sql(f"UPDATE cancellations SET at = {DAYS_2}")
    found = examined("--quick", "--db", queue.db)
    stale = dict.fromkeys(("daemon", "kinds", "waiting", "cancellations"), "warn")
    assert found.amiss() == stale
    assert found.checks["kinds"]["text"].endswith(": 1 run_ocr")
    assert found.checks["waiting"]["text"].endswith("a day ago: 1, one waits 2d")
    assert found.checks["cancellations"]["text"].endswith(": 1, the first since 2d")
    assert found.code == 0


def crop(paths: dict[str, str]) -> dict[str, Any]:
    return {**paths, "cropBounds": {"left": 0, "top": 0, "right": 9, "bottom": 9}}


def test_a_kind_that_somebody_paused(queue: House) -> None:
    queue.insert("full_frames", queue.video())
    queue.sql(f"UPDATE jobs SET created_at = {DAYS_2}")
    queue.sql("UPDATE job_kinds SET paused = 1 WHERE kind = 'full_frames'")
    assert examined("--quick", "--db", queue.db).amiss() == {"daemon": "warn", "kinds": "warn"}


def test_modes_that_shut_the_second_user_out(queue: House) -> None:
    queue.folder.chmod(0o2770)
    assert examined("--quick", "--db", queue.db).amiss() == {"daemon": "warn"}
    queue.db.chmod(0o600)
    found = examined("--quick", "--db", queue.db)
    assert found.amiss() == {"daemon": "warn", "modes": "fail"}
    assert f"chmod 0660 {queue.db}*" in found.checks["modes"]["mend"]


def test_a_row_outside_the_roots_names_the_root_to_add(queue: House) -> None:
    paths = queue.video()
    queue.insert("full_frames", paths)
    roots = queue.folder / "other"
    roots.mkdir()
    found = examined("--quick", "--db", queue.db, "--roots", roots)
    assert found.amiss() == {"daemon": "warn", "paths": "fail"}
    mended = found.checks["paths"]["mend"].rpartition("--roots ")[2]
    assert mended == f"{roots}:{queue.folder / 'v1'}"
    again = examined("--quick", "--db", queue.db, "--roots", mended)
    assert again.amiss() == {"daemon": "warn"}
    missing = examined("--quick", "--db", queue.db, "--roots", f"{mended}:/nowhere/at/all")
    assert missing.amiss() == {"daemon": "warn", "roots": "fail"}


def test_a_queue_in_the_folder_of_a_video(queue: House) -> None:
    paths = queue.video()
    beside = {**paths, "dbPath": str(queue.folder / "annotations.db")}
    job = queue.insert("full_frames", beside)
    found = examined("--quick", "--db", queue.db)
    assert found.amiss() == {"daemon": "warn", "queue_folder": "fail"}
    assert f"job {job} keeps files where the queue lies" in found.checks["queue_folder"]["text"]
    queue.work_off()  # and so the daemon judges
    assert queue.job(job, "status") == "failed"


def test_a_damaged_page_is_found_by_quick_check_alone(queue: House) -> None:
    queue.sql("INSERT INTO job_logs (attempt_id, at, level, message) VALUES (1, 1, 'info', 'x')")
    ((root, size_bytes),) = queue.sql(
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema"
        " WHERE name = 'job_logs'"
    )
    with queue.db.open("r+b") as file:
        file.seek((root - 1) * size_bytes)
        file.write(b"\xff" * size_bytes)
    assert examined("--quick", "--db", queue.db).amiss() == {"daemon": "warn"}
    found = examined("--full", "--db", queue.db)
    assert found.amiss() == {"daemon": "warn", "integrity": "fail"}


def test_a_large_queue_is_checked_only_when_asked_for(queue: House) -> None:
    os.truncate(queue.db, 3 * 2**30)  # a hole: for SQLite the file ends where its header says
    found = examined("--db", queue.db).checks["integrity"]
    assert found["text"].startswith("not checked: 3.0 GiB")
    found = examined("--full", "--db", queue.db).checks["integrity"]
    assert found["text"] == "quick_check found nothing"


def test_a_journal_mode_that_another_program_left(queue: House) -> None:
    assert queue.sql("PRAGMA journal_mode = DELETE") == [("delete",)]
    assert examined("--quick", "--db", queue.db).amiss() == {"daemon": "warn", "journal": "warn"}


@pytest.mark.parametrize("name", sorted(SQL))
def test_no_statement_reads_all_rows(tmp_path: Path, name: str) -> None:
    create(tmp_path / "jobs.db", KINDS)
    db = connect(tmp_path / "jobs.db", "ro")
    binds = dict.fromkeys(("before_ms", "count"), 1)
    steps = [str(row[-1]) for row in db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", binds)]
    db.close()
    newest_first = name == "newest_payloads"  # ends after its LIMIT
    assert [step for step in steps if step == "SCAN jobs" and not newest_first] == []

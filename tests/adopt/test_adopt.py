"""adopt beside a real queue: what it queues is worked off, and a second run queues nothing."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.appdb import add_layout_config, read_row, run_sql
from tests.support.house import House, jobd, until

if TYPE_CHECKING:
    from pathlib import Path

APPROVED = "INSERT INTO video_preferences (id, layout_approved) VALUES (1, 1)"


@pytest.fixture
def app(house: House) -> House:
    """Four videos that the old services left, one that is done with, and an empty queue."""
    jobd("init", "--db", house.db)
    for name in ("uploaded", "stalled", "approved", "empty", "deleted"):
        house.video(name)
    _set(house, "stalled", "status = 'extracting_frames', current_job_id = '2147483647'")
    _set(house, "deleted", "deleted = 1")
    for name in ("approved", "empty"):
        _set(house, name, "status = 'error', error_message = 'a person looks after it'")
        add_layout_config(_db(house, name), (0, 0, 64, 32))
    run_sql(_db(house, "approved"), APPROVED)
    run_sql(
        _db(house, "empty"),
        "CREATE TABLE crop_frames_status (id INTEGER PRIMARY KEY, status TEXT)",
    )
    run_sql(_db(house, "empty"), "INSERT INTO crop_frames_status VALUES (1, 'complete')")
    return house


def _db(house: House, name: str) -> Path:
    return house.folder / name / "annotations.db"


def _set(house: House, name: str, columns: str) -> None:
    run_sql(_db(house, name), f"UPDATE processing_status SET {columns}")


def _adopt(house: House, *flags: str) -> tuple[int, list[str], str]:
    done = jobd("adopt", house.folder, "--db", house.db, *flags)
    return done.returncode, done.stdout.splitlines(), done.stderr


def _rows(house: House) -> list[tuple[Any, ...]]:
    return house.sql("SELECT kind, target, status FROM jobs ORDER BY id")


LINES = [
    "crop_frames of {}/approved (its layout is approved, and was never cropped)",
    "crop_frames of {}/empty (complete, but without frames)",
    "full_frames of {}/stalled (its process 2147483647 is gone)",
    "full_frames of {}/uploaded (uploaded, and taken up by nobody)",
]


def test_a_dry_run_says_it_all_and_writes_nothing(app: House) -> None:
    before = {path: path.read_bytes() for path in app.folder.rglob("*.db")}
    said = [f"would queue {line.format(app.folder)}" for line in LINES]
    assert _adopt(app, "--dry-run") == (0, [*said, "would queue 4"], "")
    assert {
        path: path.read_bytes() for path in app.folder.rglob("*.db*") if path in before
    } == before
    assert _rows(app) == []


def test_what_it_queues_is_worked_off_and_a_second_run_queues_nothing(app: House) -> None:
    said = [f"job {n}: {line.format(app.folder)}" for n, line in enumerate(LINES, 1)]
    assert _adopt(app) == (0, [*said, "queued 4"], "")
    waiting = {name: read_row(_db(app, name), "processing_status") for name in ("stalled", "empty")}
    assert (waiting["stalled"]["status"], waiting["stalled"]["current_job_id"]) == (
        "upload_complete",
        None,
    )
    assert waiting["empty"]["error_message"] == "a person looks after it"
    for name in ("approved", "empty"):
        assert read_row(_db(app, name), "crop_frames_status")["status"] == "queued"
    assert _adopt(app) == (0, ["queued nothing"], "")

    app.work_off()
    assert {row[2] for row in _rows(app)} == {"completed"}
    for name in ("uploaded", "stalled"):
        assert read_row(_db(app, name), "processing_status")["status"] == "processing_complete"
    for name in ("approved", "empty"):
        assert read_row(_db(app, name), "crop_frames_status")["status"] == "complete"
    assert _adopt(app) == (0, ["queued nothing"], "")


def test_beside_a_daemon_that_takes_each_job_at_once(house: House) -> None:
    house.ready()
    names = [f"v{n}" for n in range(8)]
    for name in names:
        house.video(name)
        add_layout_config(_db(house, name), (0, 0, 64, 32))
        run_sql(_db(house, name), APPROVED)
    code, lines, errors = _adopt(house)
    assert (code, lines[-1], errors) == (0, "queued 16", "")
    until(lambda: {row[2] for row in _rows(house)} == {"completed"}, house.log)
    for name in names:
        assert read_row(_db(house, name), "processing_status")["status"] == "processing_complete"
        assert read_row(_db(house, name), "crop_frames_status")["status"] == "complete"


def test_the_payload_is_the_apps_own(app: House) -> None:
    _adopt(app)
    rows = app.sql("SELECT payload, unique_key FROM jobs WHERE id IN (1, 4) ORDER BY id")
    folder = app.folder / "approved"
    assert json.loads(rows[0][0]) == {
        "videoId": "0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c",
        "videoPath": str(folder / "video.mp4"),
        "dbPath": str(folder / "annotations.db"),
        "outputDir": str(folder / "crop_frames"),
        "cropBounds": {"left": 0, "top": 0, "right": 64, "bottom": 32},
    }
    assert rows[0][1] == str(folder / "annotations.db")
    assert json.loads(rows[1][0])["outputDir"] == str(app.folder / "uploaded" / "full_frames")


def test_rows_that_wait_or_run_cover_a_video_under_any_spelling(app: House) -> None:
    alias = app.folder.with_name(f"{app.folder.name}-alias")
    alias.symlink_to(app.folder)
    names = {"videoId": "v", "videoPath": "/v.mp4"}
    app.insert("full_frames", names | {"dbPath": str(alias / "uploaded" / "annotations.db")})
    app.insert("full_frames", names | {"dbPath": str(_db(app, "stalled"))})
    bounds = {"cropBounds": {"left": 0, "top": 0, "right": 2, "bottom": 2}}
    app.insert("crop_frames", names | bounds | {"dbPath": str(_db(app, "empty"))})
    ended = app.insert("crop_frames", names | bounds | {"dbPath": str(_db(app, "approved"))})
    app.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", ended)
    code, lines, _ = _adopt(app)
    assert (code, len(lines)) == (0, 2)
    assert "crop_frames" in lines[0]
    assert "/approved (" in lines[0]


def test_what_cannot_be_judged_is_named_and_the_rest_goes_on(app: House) -> None:
    (app.folder / "text").mkdir()
    _db(app, "text").write_text("not a database, but longer than its header" * 10)
    (app.folder / "stalled" / "video.mp4").unlink()
    shutil.rmtree(app.folder / "empty")
    code, lines, errors = _adopt(app)
    assert (code, len(lines)) == (1, 3)
    assert lines[-1] == "queued 2, 2 skipped"
    assert errors.splitlines() == [
        f"jobd: skipped: {app.folder}/stalled: no video lies beside the database",
        f"jobd: skipped: {_db(app, 'text')}: file is not a database",
    ]


def test_rows_with_paths_that_are_none_stop_nothing(app: House) -> None:
    for path in ("/a\\u0000b", "/\\ud800", "", "relative"):
        payload = f'{{"videoId": "v", "videoPath": "/v.mp4", "dbPath": "{path}"}}'
        app.sql("INSERT INTO jobs (kind, payload) VALUES ('full_frames', ?)", payload)
    code, lines, errors = _adopt(app)
    assert (code, lines[-1], errors) == (0, "queued 4", "")


@pytest.mark.parametrize(
    ("root", "flags", "code", "sentence"),
    [
        ("nowhere", (), 2, "nowhere: No such file or directory"),
        ("jobs.db", (), 2, "jobs.db: Not a directory"),
        ("..", (), 2, "lies outside the roots"),
        ("uploaded", ("--roots", "{}/stalled"), 2, "lies outside the roots"),
        (".", ("--db", "{}/none.db"), 5, "no queue at"),
    ],
)
def test_a_folder_or_queue_that_will_not_do(
    app: House, root: str, flags: tuple[str, ...], code: int, sentence: str
) -> None:
    given = [flag.format(app.folder) for flag in flags]
    done = jobd("adopt", app.folder / root, "--db", app.db, *given)
    assert done.returncode == code
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert _rows(app) == []

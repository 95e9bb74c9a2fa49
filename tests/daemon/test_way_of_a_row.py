"""A row goes in by plain SQL; frames, status and history come out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import SMALL_VIDEO, House, jobd, run_sql, until

CROP = {"left": 11, "top": 20, "right": 111, "bottom": 71}


def status_row(db_path: str, table: str, *columns: str) -> tuple[Any, ...]:
    return run_sql(db_path, f"SELECT {', '.join(columns)} FROM {table} WHERE id = 1")[0]


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("old", [False, True])
def test_both_kinds_from_insert_to_frames(house: House, journal: str, *, old: bool) -> None:
    assert jobd("init", "--db", house.db).returncode == 0
    payload = house.video(journal=journal, old=old)
    full = house.insert("full_frames", payload)
    crop = house.insert("crop_frames", payload | {"cropBounds": CROP})
    house.work_off()

    for job in (full, crop):
        assert house.job(job, "status", "attempts", "error") == ("completed", 1, None)
    frames = run_sql(payload["dbPath"], "SELECT frame_index, width, height FROM full_frames")
    assert frames == [(0, 1280, 720)]
    crops = run_sql(
        payload["dbPath"],
        "SELECT frame_index, width, height, crop_left, crop_top, crop_right, crop_bottom,"
        " crop_bounds_version FROM cropped_frames ORDER BY frame_index",
    )
    assert [row[0] for row in crops] == list(range(100))
    assert {row[1:] for row in crops} == {(100, 51, 11, 20, 111, 71, 0)}
    assert status_row(
        payload["dbPath"],
        "processing_status",
        "status",
        "frame_extraction_progress",
        "ocr_progress",
        "layout_analysis_progress",
        "current_job_id",
        "processing_attempts",
        "error_message",
    ) == ("processing_complete", 1.0, 1.0, 1.0, None, 1, None)
    assert status_row(
        payload["dbPath"], "crop_frames_status", "status", "current_job_id", "error_message"
    ) == ("complete", None, None)
    assert run_sql(payload["dbPath"], "PRAGMA journal_mode") == [(journal,)]


def test_the_history_of_an_attempt_has_its_figures(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    job = house.insert("crop_frames", payload | {"cropBounds": CROP})
    house.work_off()
    [row] = house.sql(
        "SELECT job_id, round, number, outcome, error, frames_wanted, frames_decoded,"
        " frames_concealed, cpu_s > 0, peak_rss_bytes > 1000000, pid > 0, ended_at >= started_at"
        " FROM job_attempts"
    )
    assert row[:6] == (job, 1, 1, "completed", None, 100)
    assert row[6] >= 100
    assert row[7:] == (0, 1, 1, 1, 1)
    result = json.loads(house.job(job, "result"))
    assert result == {
        "frames": 100,
        "width": 100,
        "height": 51,
        "concealed": 0,
        "durationSeconds": 10.0,
        "cropBoundsVersion": 0,
    }


def test_serve_makes_the_queue_itself(house: House) -> None:
    house.work_off()
    assert house.db.stat().st_mode & 0o777 == 0o660
    assert house.sql("SELECT count(*) FROM jobs") == [(0,)]


def test_a_running_daemon_is_woken_by_an_insert(house: House) -> None:
    house.ready("--poll-ms", "60000")
    started_s = time.monotonic()
    job = house.insert("full_frames", house.video())
    house.until_status(job, "completed")
    assert time.monotonic() - started_s < 30  # the poll alone would take a minute


def test_a_newer_request_replaces_the_frames_and_the_ocr_rows(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    house.insert("full_frames", payload)
    house.work_off()
    run_sql(
        payload["dbPath"],
        "INSERT INTO full_frame_ocr (frame_index, box_index, text, confidence, x, y, width, height)"
        " VALUES (0, 0, 'a', 1, 0, 0, 1, 1)",
    )
    house.insert("full_frames", payload | {"frameRate": 1})
    house.work_off()
    frames = run_sql(payload["dbPath"], "SELECT frame_index FROM full_frames ORDER BY 1")
    assert frames == [(10 * k,) for k in range(10)]
    assert run_sql(payload["dbPath"], "SELECT count(*) FROM full_frame_ocr") == [(0,)]


def test_labelled_frames_are_not_moved_unless_forced(house: House) -> None:
    payload = house.video()
    run_sql(
        payload["dbPath"],
        "INSERT INTO full_frame_box_labels (frame_index, box_index, box_text, box_left, box_top,"
        " box_right, box_bottom, label, label_source) VALUES (0, 0, 'a', 0, 0, 1, 1, 'in', 'user')",
    )
    jobd("init", "--db", house.db)
    guarded = house.insert("full_frames", payload)
    house.work_off()
    assert house.job(guarded, "status", "attempts") == ("failed", 1)
    assert "labelled frames would move" in house.job(guarded, "error")
    forced = house.insert("full_frames", payload | {"force": True})
    house.work_off()
    assert house.job(forced, "status") == "completed"


def test_crop_bounds_of_the_layout_carry_its_version(house: House) -> None:
    payload = house.video()
    run_sql(
        payload["dbPath"],
        "INSERT INTO video_layout_config (id, frame_width, frame_height, crop_left, crop_top,"
        " crop_right, crop_bottom, crop_bounds_version) VALUES (1, 1280, 720, 11, 20, 111, 71, 7)",
    )
    jobd("init", "--db", house.db)
    house.insert("crop_frames", payload | {"cropBounds": CROP})
    house.work_off()
    versions = "SELECT DISTINCT crop_bounds_version FROM cropped_frames"
    assert run_sql(payload["dbPath"], versions) == [(7,)]
    house.insert("crop_frames", payload | {"cropBounds": CROP, "cropBoundsVersion": 3})
    house.work_off()
    assert run_sql(payload["dbPath"], versions) == [(3,)]


@pytest.mark.parametrize("store", ["files", "both"])
def test_files_are_written_where_asked_for(house: House, store: str) -> None:
    payload = house.video()
    out = house.folder / "v1" / "full_frames"
    out.mkdir()
    (out / "frame_0000009999.jpg").write_bytes(b"of an earlier run")
    jobd("init", "--db", house.db)
    job = house.insert(
        "full_frames", payload | {"store": store, "outputDir": str(out), "frameRate": 1}
    )
    house.work_off()
    assert house.job(job, "status", "error") == ("completed", None)
    names = [f"frame_{10 * k:010d}.jpg" for k in range(10)]
    assert sorted(path.name for path in out.iterdir()) == names
    rows = run_sql(payload["dbPath"], "SELECT frame_index, image_data FROM full_frames ORDER BY 1")
    if store == "both":
        assert [(out / n).read_bytes() for n in names] == [data for _, data in rows]
    else:
        assert rows == []
    assert [p.name for p in (house.folder / "v1").iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("v1", "lies where the queue lies"),
        ("v1/annotations.db", "holds {dbPath}"),
        ("v1/own", "other files"),
    ],
)
def test_an_output_dir_that_holds_other_things_fails_at_once(
    house: House, name: str, sentence: str
) -> None:
    payload = house.video()
    letter = house.folder / "v1" / "own" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("dear")
    run_sql(
        payload["dbPath"],
        "INSERT INTO full_frames (frame_index, image_data, width, height, file_size)"
        " VALUES (7, x'00', 1, 1, 1)",
    )
    jobd("init", "--db", house.db)
    out = str(house.folder / name)
    job = house.insert("full_frames", payload | {"store": "both", "outputDir": out})
    house.work_off()
    assert house.job(job, "status", "attempts") == ("failed", 1)
    assert sentence.format(**payload) in house.job(job, "error")
    assert house.sql("SELECT frames_decoded FROM job_attempts") == [(None,)]
    assert Path(payload["videoPath"]).read_bytes() == SMALL_VIDEO.read_bytes()
    assert run_sql(payload["dbPath"], "SELECT frame_index FROM full_frames") == [(7,)]
    assert letter.read_text() == "dear"
    assert list(house.folder.rglob(".*")) == []


def test_the_final_status_is_a_setting(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    house.insert("full_frames", payload)
    log = house.work_off("--final-status", "running_ocr")
    assert status_row(payload["dbPath"], "processing_status", "status") == ("running_ocr",)
    assert "running_ocr" in log


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"videoPath": "/nowhere/v.mp4"}, "outside the roots"),
        ({"frameRate": 11}, "frameRate: Input should be less than or equal to 10"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_fails_at_once_with_the_reason(
    house: House, change: dict[str, object], sentence: str
) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload | change)
    house.work_off()
    assert house.job(job, "status", "attempts") == ("failed", 1)
    assert sentence in house.job(job, "error")
    word, message, details = status_row(
        payload["dbPath"], "processing_status", "status", "error_message", "error_details"
    )
    assert (word, message) == ("error", house.job(job, "error"))
    assert json.loads(str(details))["jobId"] == job


def test_bounds_outside_the_picture_fail_with_its_size(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    bounds = {"left": 0, "top": 0, "right": 1281, "bottom": 10}
    job = house.insert("crop_frames", payload | {"cropBounds": bounds})
    house.work_off()
    assert house.job(job, "status", "attempts") == ("failed", 1)
    assert "1280" in house.job(job, "error")
    assert "720" in house.job(job, "error")


def test_one_undecodable_row_fails_alone(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    before = house.insert("full_frames", payload)
    text = json.dumps(payload | {"videoId": "BAD"}).encode().replace(b"BAD", b"\xff\xfe")
    house.sql(
        f"INSERT INTO jobs (kind, payload) VALUES ('full_frames', CAST(x'{text.hex()}' AS TEXT))"
    )
    after = house.insert("full_frames", payload)
    house.work_off()
    assert [house.job(j, "status") for j in (before, before + 1, after)] == [
        "completed",
        "failed",
        "completed",
    ]
    assert "not UTF-8" in house.job(before + 1, "error")


def test_three_attempts_then_failed_and_a_retry_by_hand(house: House) -> None:
    payload = house.video()
    whole = SMALL_VIDEO.read_bytes()
    broken = house.folder / "v1" / "half.mp4"
    broken.write_bytes(whole[: len(whole) // 2])
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload | {"videoPath": str(broken)})
    house.work_off()
    assert house.job(job, "status", "attempts", "round") == ("failed", 3, 1)
    outcomes = house.sql("SELECT outcome FROM job_attempts ORDER BY id")
    assert outcomes == [("retry",)] * 3
    broken.write_bytes(whole)
    house.sql("UPDATE jobs SET status = 'queued' WHERE id = ?", job)
    house.work_off()
    assert house.job(job, "status", "attempts", "round") == ("completed", 1, 2)


def test_waiting_for_the_backoff_is_not_idle(house: House) -> None:
    payload = house.video()
    broken = house.folder / "v1" / "half.mp4"
    whole = SMALL_VIDEO.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload | {"videoPath": str(broken)})
    daemon = house.start("--exit-when-idle", "--backoff-s", "2")
    until(lambda: house.job(job, "attempts") == 1 and house.job(job, "status") == "queued")
    assert status_row(payload["dbPath"], "processing_status", "status") == ("upload_complete",)
    broken.write_bytes(whole)
    assert daemon.wait(60) == 0
    assert house.job(job, "status", "attempts") == ("completed", 2)

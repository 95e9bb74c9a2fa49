"""What becomes of what attempts say: a real daemon, real children, real faults."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest

from tests.support.atwork import WORK, start_work
from tests.support.house import LONG_VIDEO, House, jobd, run_sql, until

CROP = {"cropBounds": {"left": 0, "top": 0, "right": 100, "bottom": 50}}
# 14,400 images: long enough to be caught at work, some seconds at most.


def said(house: House, job: int) -> list[tuple[int, str, str]]:
    """Attempt, level and message of each line."""
    return [
        (int(number), str(level), str(message))
        for number, level, message in house.sql(
            "SELECT a.number, l.level, l.message FROM job_logs AS l"
            " JOIN job_attempts AS a ON a.id = l.attempt_id WHERE a.job_id = ? ORDER BY l.id",
            job,
        )
    ]


def words(house: House, job: int) -> str:
    return "\n".join(message for _, _, message in said(house, job))


def read_on(house: House, *flags: str) -> int:
    """A daemon whose one job is at work and has said what it read."""
    _, job = start_work(house, *flags)
    until(lambda: "images wanted" in house.log(), house.log)
    return job


def test_a_job_tells_what_it_read_and_made(house: House) -> None:
    jobd("init", "--db", house.db)
    job = house.insert("crop_frames", house.video() | CROP)
    house.work_off()
    lines = said(house, job)
    [(pid,)] = house.sql("SELECT pid FROM job_attempts")
    assert lines[0] == (1, "info", f"started, pid {pid}")
    assert lines[-2:] == [(1, "info", "published"), (1, "info", "completed")]
    told = words(house, job)
    assert "crop 0, 0 to 100, 50; bounds version 0" in told
    assert "times of 240 frames by its index; decoding only what the images need; " in told
    assert "video.mp4: h264, 1280x720, 10.0 s, 24 frames/s, 1.1 MB; images wanted: 100" in told
    assert "\nimages made: 100, " in told
    [(first, last, begun, ended)] = house.sql(
        "SELECT min(l.at), max(l.at), a.started_at, a.ended_at"
        " FROM job_logs AS l JOIN job_attempts AS a ON a.id = l.attempt_id"
    )
    assert begun <= first <= last <= ended
    for _, level, message in lines[1:-1]:
        assert f"{level.upper()} job {job} crop_frames attempt 1/3: {message}\n" in house.log()


def test_the_level_is_a_setting_and_a_reload_changes_it(house: House) -> None:
    jobd("init", "--db", house.db)
    settings = house.folder / "jobd.toml"
    settings.write_text('log_level = "warning"\n')
    house.start("--config", str(settings))
    first = house.insert("crop_frames", house.video("v1") | CROP)
    house.until_status(first, "completed")
    assert said(house, first) == [(1, "info", "completed")]
    settings.write_text('log_level = "info"\n')
    house.daemons[-1].send_signal(signal.SIGHUP)
    until(lambda: "settings reloaded" in house.log(), house.log)
    second = house.insert("crop_frames", house.video("v2") | CROP)
    house.until_status(second, "completed")
    assert "images wanted" in words(house, second)


def test_damage_is_told(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    path = house.folder / "v1" / "video.mp4"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(data)
    job = house.insert("crop_frames", payload | CROP)
    house.work_off()
    [(concealed,)] = house.sql("SELECT frames_concealed FROM job_attempts")
    assert concealed > 0
    assert "decoding all of it again, in order: " in words(house, job)
    text = f"damaged frames that were concealed, or stood in for: {concealed}"
    assert (1, "warning", text) in said(house, job)


def test_an_unexpected_error_has_its_traceback_in_the_log(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    run_sql(
        payload["dbPath"],
        "CREATE TRIGGER not_today BEFORE UPDATE ON processing_status"
        " WHEN NEW.status = 'extracting_frames' BEGIN SELECT zeroblob(2000000000); END",
    )
    job = house.insert("full_frames", payload, max_attempts=1)
    house.work_off("--allow-triggers", "not_today")
    [(level, unexpected)] = [line[1:] for line in said(house, job) if "Traceback" in line[2]]
    first, *traceback = unexpected.split("\n")
    assert (level, first) == ("error", "unexpected: TooBigError: string or blob too big")
    assert traceback[0] == "Traceback (most recent call last):"
    assert any("_status.started(" in line for line in traceback)
    assert traceback[-1] == "apsw.TooBigError: string or blob too big"
    assert said(house, job)[-1] == (1, "error", "failed: TooBigError: string or blob too big")
    # One record of the daemon's: its further lines are no lines of their own.
    assert f"ERROR job {job} full_frames attempt 1/1: {first}\n    Traceback (most " in house.log()
    assert "\nTraceback" not in house.log()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_child_keeps_what_it_has_said(house: House, number: signal.Signals) -> None:
    job = read_on(house)
    os.kill(house.sql("SELECT pid FROM job_attempts")[0][0], number)
    house.until_status(job, "completed")
    first = [(level, message) for attempt, level, message in said(house, job) if attempt == 1]
    assert any("images wanted" in message for _, message in first)
    level, last = first[-1]
    assert level == "error"
    assert last.startswith("queued again, next try in 0.1 s: the attempt crashed: ")
    assert number.name in last
    assert said(house, job)[-1] == (2, "info", "completed")


def test_a_killed_daemon_keeps_what_was_written_and_tells_of_it(house: House) -> None:
    job = read_on(house)
    until(lambda: "images wanted" in words(house, job), house.log)  # about a second later
    house.daemons[-1].kill()
    house.daemons[-1].wait()
    house.work_off()
    attempts = [attempt for attempt, _, _ in said(house, job)]
    assert attempts == sorted(attempts)
    assert "queued again: the daemon died while this attempt ran" in words(house, job)
    assert said(house, job)[-1] == (2, "info", "completed")


def test_a_queue_that_is_held_delays_lines_and_loses_none(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video(source=LONG_VIDEO)
    job = house.insert("crop_frames", payload | WORK)
    house.ready()
    house.until_status(job, "running")
    with closing(sqlite3.connect(house.db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: "locked by another program" in house.log(), house.log)
        until(lambda: "attempt 1/3: published" in house.log(), house.log)
        assert "published" not in words(house, job)
        other.execute("ROLLBACK")
    house.until_status(job, "completed")
    messages = [message for _, _, message in said(house, job)]
    assert messages[-2:] == ["published", "completed"]
    assert len(set(messages)) == len(messages)
    assert any("images wanted" in message for message in messages)


def test_a_cancelled_job_has_its_log(house: House) -> None:
    job = read_on(house)
    house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job)
    until(lambda: "cancelled or deleted" in words(house, job), house.log)
    assert "images wanted" in words(house, job)


def test_a_drained_job_says_that_it_was_handed_back(house: House) -> None:
    job = read_on(house, "--drain-s", "0")
    house.daemons[-1].send_signal(signal.SIGTERM)
    assert house.daemons[-1].wait(60) == 0
    assert said(house, job)[-1] == (1, "info", "queued again: handed back: the daemon stopped")
    assert "images wanted" in words(house, job)


def test_lines_are_written_while_the_job_runs(house: House) -> None:
    jobd("init", "--db", house.db)
    job = house.insert("crop_frames", house.video(source=LONG_VIDEO) | WORK)
    house.start()
    until(lambda: "images wanted" in words(house, job), house.log)
    assert house.job(job, "status") == "running"
    house.until_status(job, "completed")


def test_a_deleted_video_is_told_of(house: House) -> None:
    job = read_on(house)
    shutil.rmtree(house.folder / "v1")
    house.until_status(job, "cancelled")
    attempt, level, last = said(house, job)[-1]
    assert (attempt, level) == (1, "info")
    assert last.startswith("cancelled: the video ")
    assert "deleted" in last


def test_a_second_attempts_process_writes_no_log_of_the_first(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    path = house.folder / "v1" / "video.mp4"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    job = house.insert("crop_frames", payload | CROP)
    house.start("--backoff-s", "1")
    until(lambda: house.job(job, "attempts") == 1 and house.job(job, "status") == "queued")
    path.write_bytes(whole)
    house.until_status(job, "completed")
    ends = [(n, level) for n, level, message in said(house, job) if message.startswith("queued")]
    assert ends == [(1, "warning")]
    assert run_sql(payload["dbPath"], "SELECT count(*) FROM cropped_frames") == [(100,)]

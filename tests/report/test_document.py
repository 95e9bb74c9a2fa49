from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.queue.heartbeat import Identity, beat
from jobd.queue.lifecycle import Outcome
from tests.support.desk import VIDEO, shown

if TYPE_CHECKING:
    from tests.support.desk import Desk

MANUAL = Path(__file__).parents[2] / "docs" / "inspect-json.md"
JOB_1 = {
    "id": 1,
    "kind": "crop_frames",
    "status": "queued",
    "shown_as": "retrying",
    "video_id": VIDEO,
    "unique_key": "v1",
    "priority": 10,
    "round": 1,
    "attempts": 1,
    "max_attempts": 3,
    "progress": None,
    "created_at": "2026-03-01T08:30:00.000Z",
    "next_try_at": "2026-03-01T08:30:11.500Z",
    "started_at": None,
    "finished_at": None,
    "took_s": None,
    "left_s": None,
    "error": "ends early",
}
PAYLOAD = {"videoId": VIDEO, "dbPath": "/data/v1/annotations.db"}


def retrying(desk: Desk) -> None:
    desk.add("crop_frames", unique_key="v1", payload=PAYLOAD)
    desk.run(Outcome.RETRY, took_s=1.5, error="ends early")


def test_the_queue(desk: Desk) -> None:
    retrying(desk)
    beat(
        desk.queue,
        Identity(4711, "boot", "0.1.0", desk.clock.at_ms - 500, 2),
        "stopping",
        "a full moon",
    )
    assert desk.document() == {
        "version": 2,
        "at": "2026-03-01T08:30:01.500Z",
        "queue": {"path": str(desk.path), "queue_id": desk.queue.queue_id},
        "daemon": {
            "alive": False,
            "pid": 4711,
            "version": "0.1.0",
            "started_at": "2026-03-01T08:30:01.000Z",
            "beat_at": "2026-03-01T08:30:01.500Z",
            "concurrency": 2,
            "not_leasing": "stopping",
            "not_leasing_since": None,
            "warning": "a full moon",
        },
        "counts": {
            "queued": 0,
            "scheduled": 0,
            "retrying": 1,
            "running": 0,
            "completed": 0,
            "failed": 0,
            "cancelled": 0,
        },
        "oldest_waiting": None,
        "paused": [],
        "more": False,
        "jobs": [JOB_1],
    }


def test_a_job(desk: Desk) -> None:
    retrying(desk)
    assert desk.document(1) == {
        "version": 2,
        "at": "2026-03-01T08:30:01.500Z",
        "queue": {"queue_id": desk.queue.queue_id},
        "job": {
            **JOB_1,
            "payload": PAYLOAD,
            "result": None,
            "realtime": None,
            "traceback": None,
            "log": [],
            "lineage": [
                {"kind": "crop_frames", "bounds_version": None, "bounds": None, "jobs": [1]}
            ],
            "history": [
                {
                    "id": 1,
                    "round": 1,
                    "number": 1,
                    "started_at": "2026-03-01T08:30:00.000Z",
                    "ended_at": "2026-03-01T08:30:01.500Z",
                    "took_s": 1.5,
                    "outcome": "retry",
                    "error": "ends early",
                    "error_class": "VideoIncomplete",
                    "pid": 4712,
                    "frames_wanted": 6,
                    "frames_decoded": 1323,
                    "frames_concealed": 2,
                    "cpu_s": 3.25,
                    "peak_rss_bytes": 212 * 1024 * 1024,
                }
            ],
        },
    }


def test_what_waits_and_what_is_paused(desk: Desk) -> None:
    desk.add(created_at=desk.clock.at_ms - 90_500)
    desk.add("crop_frames", created_at=desk.clock.at_ms - 99_000)
    desk.sql("UPDATE job_kinds SET paused = 1 WHERE kind = 'crop_frames'")
    document = desk.document()
    assert document["paused"] == ["crop_frames"]
    assert document["oldest_waiting"] == {
        "id": 1,
        "kind": "full_frames",
        "since": "2026-03-01T08:28:29.500Z",
        "waits_s": 90.5,
    }


def test_a_video(desk: Desk) -> None:
    bounds = {"left": 1, "top": 2, "right": 30, "bottom": 40}
    desk.add(payload={"videoId": "v1", "dbPath": "/1"})
    desk.add("crop_frames", payload={"videoId": "v1", "dbPath": "/2", "cropBounds": bounds})
    desk.run(Outcome.COMPLETED, result='{"frames": 6, "cropBoundsVersion": 4}')
    desk.add(payload={"videoId": "v2", "dbPath": "/3"})
    video = desk.video("v1")
    assert (video["version"], video["video_id"]) == (2, "v1")
    assert [(job["id"], job["payload"]["videoId"]) for job in video["jobs"]] == [
        (2, "v1"),
        (1, "v1"),
    ]
    assert video["lineage"] == [
        {"kind": "full_frames", "bounds_version": None, "bounds": None, "jobs": [1]},
        {"kind": "crop_frames", "bounds_version": 4, "bounds": [1, 2, 30, 40], "jobs": [2]},
    ]


def test_a_log_with_its_traceback(desk: Desk) -> None:
    desk.add()
    lease = desk.lease()
    traceback = "Traceback (most recent call last):\n  …\nValueError: no"
    for level, message in (("info", "begun"), ("error", traceback)):
        desk.say(lease, level, message)
    job = desk.document(1)["job"]
    assert job["traceback"] == traceback
    assert job["log"] == [
        {"attempt": 1, "at": "2026-03-01T08:30:00.000Z", "level": "info", "message": "begun"},
        {"attempt": 1, "at": "2026-03-01T08:30:00.000Z", "level": "error", "message": traceback},
    ]


def test_a_result_is_an_object(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED, took_s=2, result='{"frames": 6}')
    job = desk.document(1)["job"]
    assert (job["result"], job["took_s"]) == ({"frames": 6}, 2.0)


def test_the_text_is_ascii_and_free_of_control_characters(desk: Desk) -> None:
    desk.add(payload={"videoId": "字\x7f\x1b[2J"})
    desk.run(Outcome.FAILED, error="\x9b\x7f\u202e")
    for job_id in (None, 1):
        text = shown(desk.path, desk.clock, job_id, as_json=True)
        assert re.fullmatch(r"[ -~\n]+", text)
    assert desk.document(1)["job"]["payload"] == {"videoId": "字\x7f\x1b[2J"}
    assert desk.document(1)["job"]["error"] == "\x9b\x7f\u202e"


def test_every_key_is_in_the_manual(desk: Desk) -> None:
    retrying(desk)
    described = set(re.findall(r"`([\w.]+)`", MANUAL.read_text(encoding="utf-8")))
    described |= {name.rpartition(".")[2] for name in described}
    looks = (desk.document(), desk.document(1), desk.video(VIDEO))
    keys = {key for look in looks for key in keys_of(look)}
    assert keys - described - {"queue", "daemon", "counts", "videoId", "dbPath"} == set()


def keys_of(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in keys_of(item)]
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in keys_of(item))]
    return []

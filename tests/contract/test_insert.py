"""What an INSERT may say, what it gets by default, and the sentence when it is wrong."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from jobd.queue.lease import take_lease
from tests.support.queuefile import LEASE_MS, Refused, payload

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from tests.support.queuefile import Writer


def test_the_smallest_statement_gets_every_default(writer: Writer) -> None:
    before_ms = time.time_ns() // 1_000_000
    job_id = writer.run(
        "INSERT INTO jobs (kind, payload) VALUES ('crop_frames', ?) RETURNING id", payload()
    )[0][0]
    row = writer.run("SELECT * FROM jobs WHERE id = ?", job_id)[0]
    created_at = row.pop(7)
    assert row == [
        *(1, "crop_frames", payload(), 100, 0, None, 3),
        *("queued", 0, 1, None, None, None, None, None, None, None),
        "/videos/v1/annotations.db",
    ]
    assert before_ms - 1 <= created_at <= time.time_ns() // 1_000_000 + 1


@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE"])
def test_null_means_the_default(writer: Writer, verb: str) -> None:
    writer.run(
        f"{verb} INTO jobs"
        " (id, kind, payload, priority, run_at, unique_key, max_attempts, created_at)"
        " VALUES (NULL, 'full_frames', ?, NULL, NULL, NULL, NULL, NULL)",
        payload(),
    )
    columns = "id, priority, run_at, unique_key, max_attempts, created_at > 1.6e12"
    assert writer.run(f"SELECT {columns} FROM jobs") == [[1, 0, 0, None, 3, 1]]


def test_null_in_an_update_means_the_default_too(writer: Writer) -> None:
    job_id = writer.insert("crop_frames", priority=7, run_at=9 * 10**12, max_attempts=9)
    created_at = writer.job(job_id, "created_at")
    writer.run(
        "UPDATE jobs SET priority = NULL, run_at = NULL, max_attempts = NULL, created_at = NULL"
    )
    found = writer.job(job_id, "priority", "run_at", "max_attempts", "created_at")
    assert found == [100, 0, 3, created_at]


def test_a_writers_own_values_stay(writer: Writer) -> None:
    values: dict[str, Any] = {
        "priority": -1000,
        "run_at": 10**14,
        "max_attempts": 1000,
        "created_at": 10**11,
    }
    job_id = writer.insert(unique_key="k" * 500, **values)
    assert writer.job(job_id, *values) == list(values.values())


def test_several_rows_in_one_statement_count_up(writer: Writer) -> None:
    values = "('full_frames', ?), ('full_frames', ?), ('full_frames', ?)"
    found = writer.run(
        f"INSERT INTO jobs (kind, payload) VALUES {values} RETURNING id", *[payload()] * 3
    )
    assert found == [[1], [2], [3]]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"payload": "{"}, "payload must be a JSON object"),
    ({"payload": ""}, "payload must be a JSON object"),
    ({"payload": "[1]"}, "payload must be a JSON object"),
    ({"payload": "{a: 1}"}, "payload must be a JSON object"),
    ({"payload": payload(pad="x" * 65536)}, "payload must be at most 65536 bytes"),
    ({"payload": payload(pad="é" * 33000)}, "payload must be at most 65536 bytes"),
    ({"payload": None}, "NOT NULL constraint failed: jobs.payload"),
    ({"kind": None}, "NOT NULL constraint failed: jobs.kind"),
    ({"kind": "full_frame"}, "unknown kind; this queue knows: crop_frames, full_frames"),
    ({"payload": "{}"}, "full_frames: payload lacks videoId"),
    ({"payload": '{"videoId": null, "dbPath": "/x"}'}, "full_frames: payload lacks videoId"),
    ({"payload": '{"videoId": "v", "dbpath": "/x"}'}, "full_frames: payload lacks dbPath"),
    ({"kind": "crop_frames", "payload": "{}"}, "crop_frames: payload lacks videoId"),
    ({"priority": 1001}, "priority must be from -1000 to 1000"),
    ({"priority": -1001}, "priority must be from -1000 to 1000"),
    ({"priority": "high"}, "cannot store TEXT value in INTEGER column jobs.priority"),
    ({"run_at": 1_772_353_800}, "run_at must be Unix milliseconds: this looks like seconds"),
    ({"run_at": 1}, "run_at must be Unix milliseconds: this looks like seconds"),
    ({"run_at": -1}, "run_at must be Unix milliseconds, or 0 for at once"),
    ({"run_at": 10**14 + 1}, "run_at must be Unix milliseconds, or 0 for at once"),
    (
        {"created_at": 1_772_353_800},
        "created_at must be Unix milliseconds: this looks like seconds",
    ),
    ({"created_at": -1}, "created_at must be Unix milliseconds"),
    ({"created_at": 10**14 + 1}, "created_at must be Unix milliseconds"),
    ({"unique_key": ""}, "unique_key must have 1 to 500 characters, or be NULL"),
    ({"unique_key": "k" * 501}, "unique_key must have 1 to 500 characters, or be NULL"),
    ({"max_attempts": 0}, "max_attempts must be from 1 to 1000"),
    ({"max_attempts": 1001}, "max_attempts must be from 1 to 1000"),
    ({"id": 0}, "id must be a positive number that JavaScript can hold"),
    ({"id": 2**53}, "id must be a positive number that JavaScript can hold"),
    ({"status": "waiting"}, "status must be queued, running, completed, failed or cancelled"),
    *[
        (
            {column: value},
            "status and the columns after it are jobd's own: leave them out of an INSERT",
        )
        for column, value in {
            "status": "cancelled",
            "attempts": 1,
            "round": 2,
            "attempt_id": 1,
            "lease_until": 1,
            "progress": 0.5,
            "started_at": 1,
            "finished_at": 1,
            "result": "{}",
            "error": "x",
        }.items()
    ],
]


@pytest.mark.parametrize(("columns", "sentence"), REFUSED)
def test_nonsense_is_refused_with_a_sentence(
    writer: Writer, columns: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        writer.insert(**columns)
    assert str(refused.value).removeprefix("CHECK constraint failed: ") == sentence
    assert writer.run("SELECT count(*) FROM jobs") == [[0]]


@pytest.mark.parametrize("size", [65536, 65537])
def test_the_size_limit_is_in_bytes_and_exact(writer: Writer, size: int) -> None:
    padding = size - len(payload(pad=""))
    if size == 65536:
        writer.insert(payload=payload(pad="x" * padding))
    else:
        with pytest.raises(Refused, match="at most 65536 bytes"):
            writer.insert(payload=payload(pad="x" * padding))


def test_a_wrong_row_takes_the_whole_statement_with_it(writer: Writer) -> None:
    with pytest.raises(Refused, match="unknown kind"):
        writer.run(
            "INSERT INTO jobs (kind, payload) VALUES ('full_frames', ?), ('nope', ?)",
            *(payload(), payload()),
        )
    assert writer.run("SELECT count(*) FROM jobs") == [[0]]


@pytest.mark.parametrize(
    "columns", [{"kind": "nope"}, {"payload": "{}"}, {"status": "running", "attempt_id": 1}]
)
def test_or_ignore_does_not_silence_a_trigger(writer: Writer, columns: dict[str, Any]) -> None:
    values = {"kind": "full_frames", "payload": payload(), **columns}
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    with pytest.raises(Refused):
        writer.run(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", *values.values())


@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE"])
def test_an_id_is_never_used_again(writer: Writer, verb: str) -> None:
    first = writer.insert()
    second = writer.insert()
    writer.run("DELETE FROM jobs WHERE id = ?", second)
    for used in (first, second):
        with pytest.raises(Refused, match=r"an id is never used again|UNIQUE constraint failed"):
            writer.run(
                f"{verb} INTO jobs (id, kind, payload) VALUES (?, 'full_frames', ?)",
                used,
                payload(),
            )
    assert writer.insert() == 3


def test_a_new_id_of_the_writers_own_is_taken(writer: Writer) -> None:
    assert writer.insert(id=41) == 41
    assert writer.insert() == 42


def test_a_number_from_javascript_is_a_whole_number(writer: Writer) -> None:
    job_id = writer.insert(run_at=1.9e12, priority=5.0)
    assert writer.job(job_id, "run_at", "priority", "typeof(run_at)") == [
        1_900_000_000_000,
        5,
        "integer",
    ]


@pytest.mark.parametrize("path", [5, ["a"], {"b": 1}, True, None])
def test_a_target_of_any_type_can_be_leased(queue: Queue, writer: Writer, path: object) -> None:
    text = json.dumps({"videoId": "v", "dbPath": path or "x", "deep": path})
    writer.insert(payload=text)
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    assert lease.payload == text.encode()

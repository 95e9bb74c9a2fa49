"""What inspect reads, and what it leaves alone."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import NoSuchJob, QueueError, QueueTooNew
from jobd.queue.create import create
from jobd.queue.lifecycle import Outcome
from jobd.queue.lock import lock_path
from jobd.report import read
from jobd.report.history import read_job
from jobd.report.read import read_overview
from jobd.sqlite import load_blocks
from tests.support.desk import KINDS, shown
from tests.support.queuefile import HandClock

if TYPE_CHECKING:
    from tests.support.desk import Desk

SQL = load_blocks(Path(read.__file__).with_name("report.sql"))


def test_the_counts_are_those_of_the_rows(desk: Desk) -> None:
    for number in range(24):
        desk.add(run_at=desk.clock.at_ms + 3_600_000 if number % 5 == 0 else 0)
    for outcome in (Outcome.RETRY, Outcome.RETRY, Outcome.COMPLETED, Outcome.FAILED):
        desk.run(outcome, error="e", took_s=1)
    desk.lease()
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id IN (20, 21)")
    desk.sql("UPDATE jobs SET run_at = ? WHERE id = 22", desk.clock.at_ms - 1)  # due
    look = read_overview(desk.path, desk.clock, count=100)
    counted = Counter(job.shown_as(desk.clock.at_ms) for job in look.jobs)
    for name in look.counts.__dataclass_fields__:
        assert getattr(look.counts, name) == counted[name], name
    assert counted["retrying"] == 2
    assert counted["scheduled"] == 4


def test_a_retry_whose_time_has_come_still_counts_as_one(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.RETRY, error="e")
    desk.clock.pass_s(3600)
    assert read_overview(desk.path, desk.clock, 15).counts.retrying == 1


def test_a_time_that_a_writer_put_where_none_belongs_ends_no_job(desk: Desk) -> None:
    for _ in range(2):
        desk.add()
    desk.lease()
    desk.sql("UPDATE jobs SET finished_at = 1")
    counts = read_overview(desk.path, desk.clock, 0).counts
    assert (counts.running, counts.queued, counts.completed) == (1, 1, 0)


def test_no_more_jobs_than_asked_for_and_whether_there_are_others(desk: Desk) -> None:
    for _ in range(4):
        desk.add()
    few, enough = (read_overview(desk.path, desk.clock, count) for count in (3, 4))
    assert ([job.id for job in few.jobs], few.more) == ([1, 2, 3], True)
    assert ([job.id for job in enough.jobs], enough.more) == ([1, 2, 3, 4], False)
    assert len(read_overview(desk.path, desk.clock, None).jobs) == 4


def test_rows_that_are_no_utf_8_are_shown_like_any_other(desk: Desk) -> None:
    bad = "CAST(X'22ff1b22' AS TEXT)"
    desk.sql(
        f"INSERT INTO jobs (kind, payload, unique_key) VALUES ('full_frames',"
        f" CAST(X'7b22766964656f4964223a22ff227d' AS TEXT), {bad})"  # {"videoId":"\xff"}
    )
    desk.run(Outcome.FAILED, error="x")
    desk.sql(f"UPDATE jobs SET error = {bad}, result = {bad}")
    desk.sql(f"UPDATE job_attempts SET error = {bad}, error_class = {bad}")
    desk.sql(
        f"INSERT INTO daemon (pid, boot_id, version, started_at, beat_at, concurrency, not_leasing)"
        f" VALUES (1, '', {bad}, 1, 1, 1, {bad})"
    )
    for text in (desk.see(), desk.see(1)):
        assert "\N{REPLACEMENT CHARACTER}" in text
        assert "\x1b" not in text
    assert desk.document()["daemon"]["not_leasing"] == '"\N{REPLACEMENT CHARACTER}\x1b"'
    assert desk.document(1)["job"]["error"] == '"\N{REPLACEMENT CHARACTER}\x1b"'


def test_numbers_that_json_cannot_carry_read_as_unknown(desk: Desk) -> None:
    desk.add()
    desk.lease()
    desk.sql("UPDATE jobs SET progress = 9e999")
    desk.sql("UPDATE job_attempts SET cpu_s = -9e999")
    assert desk.document(1)["job"]["progress"] is None
    assert desk.document(1)["job"]["history"][0]["cpu_s"] is None


@pytest.mark.parametrize("job_id", [0, -1, 2, 2**53, 2**64])
def test_a_job_that_is_not_there(desk: Desk, job_id: int) -> None:
    desk.add()
    with pytest.raises(NoSuchJob, match=rf"no job {job_id} in .*jobs\.db"):
        read_job(desk.path, desk.clock, job_id)


def test_attempts_are_those_of_the_job_oldest_first(desk: Desk) -> None:
    desk.add()
    desk.add()
    desk.run(Outcome.FAILED, error="x")
    desk.run(Outcome.COMPLETED)
    desk.sql("UPDATE jobs SET status = 'queued' WHERE id = 1")
    desk.run(Outcome.COMPLETED)
    history = read_job(desk.path, desk.clock, 1)
    assert [(a.number, a.round, a.outcome) for a in history.attempts] == [
        (1, 1, "failed"),
        (2, 2, "completed"),
    ]


def test_nothing_is_created_beside_a_queue_at_rest(tmp_path: Path) -> None:
    create(tmp_path / "jobs.db", KINDS)
    before = (tmp_path / "jobs.db").read_bytes()
    assert "0 queued" in shown(tmp_path / "jobs.db", HandClock())
    assert [entry.name for entry in tmp_path.iterdir()] == ["jobs.db"]
    assert (tmp_path / "jobs.db").read_bytes() == before


def test_what_lies_in_the_wal_alone_is_seen(desk: Desk) -> None:
    desk.add()
    assert Path(f"{desk.path}-wal").stat().st_size > 0
    assert "1 queued" in desk.see()


def test_a_queue_of_another_name_is_seen_with_its_wal(desk: Desk, tmp_path: Path) -> None:
    desk.add()
    (tmp_path / "link.db").symlink_to(desk.path)
    assert "1 queued" in shown(tmp_path / "link.db", desk.clock)


def test_a_write_that_is_under_way_is_not_waited_for(desk: Desk) -> None:
    desk.add()
    with desk.queue.writing():
        desk.sql("UPDATE jobs SET priority = 5")
        assert desk.document(1)["job"]["priority"] == 0


def test_looking_writes_nothing(desk: Desk) -> None:
    desk.add()
    before = desk.sql("PRAGMA data_version")
    desk.see()
    desk.see(1)
    assert desk.sql("PRAGMA data_version") == before
    assert not lock_path(desk.path).exists()


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")


def too_new(path: Path) -> None:
    create(path, KINDS)
    with closing(apsw.Connection(str(path))) as db:
        db.execute("PRAGMA user_version = 99")


def gutted(path: Path) -> None:
    create(path, KINDS)
    with closing(apsw.Connection(str(path))) as db:
        db.execute("DROP TABLE jobs")


def truncated(path: Path) -> None:
    create(path, KINDS)
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda _: None, QueueError),
        (Path.mkdir, QueueError),
        (lambda path: path.write_bytes(b"no database" * 100), QueueError),
        (lambda path: path.write_bytes(b""), QueueError),
        (foreign, QueueError),
        (too_new, QueueTooNew),
        (gutted, QueueError),
        (truncated, QueueError),
    ],
    ids=["missing", "folder", "text", "empty", "foreign", "too new", "gutted", "truncated"],
)
def test_what_is_no_queue_is_refused_in_one_line(
    tmp_path: Path, make: object, error: type[QueueError]
) -> None:
    path = tmp_path / "jobs.db"
    assert callable(make)
    make(path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error) as refused:
        shown(path, HandClock())
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_may_not_be_written_is_no_hindrance(desk: Desk, tmp_path: Path) -> None:
    desk.add()
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("jobs.db", "jobs.db-wal", "jobs.db-shm"):
        shutil.copyfile(desk.path.with_name(name), copy / name)
        (copy / name).chmod(0o440)
    copy.chmod(0o550)
    assert "1 queued" in shown(copy / "jobs.db", desk.clock)


@pytest.mark.parametrize("name", sorted(SQL))
def test_no_statement_reads_a_whole_table_of_rows(desk: Desk, name: str) -> None:
    binds = dict.fromkeys(re.findall(r":(\w+)", SQL[name]))
    plan = desk.queue.db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", binds).fetchall()
    steps = [str(step) for *_, step in plan]
    large = re.compile(r"SCAN (jobs|j|job_attempts|a|job_videos|v)\b")
    # What is counted whole has a partial index that holds nothing else.
    counted = re.compile("SCAN jobs USING .*INDEX jobs_(finished|ready|scheduled|retrying|running)")
    walked = [step for step in steps if large.match(step)]
    assert [s for s in walked if name != "counts" or not counted.fullmatch(s)] == []
    assert [s for s in steps if "TEMP B-TREE" in s] == []


TOGGLE = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
db.execute("PRAGMA synchronous = OFF")
print("ready", flush=True)
while True:
    for run_at in (4102444800000, 0):
        db.execute("UPDATE jobs SET run_at = ?", (run_at,))
"""


def test_counts_and_rows_are_of_one_moment(desk: Desk) -> None:
    for _ in range(10):
        desk.add()
    with subprocess.Popen(
        [sys.executable, "-c", TOGGLE, desk.path], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        writer.stdout.readline()
        looks = [read_overview(desk.path, desk.clock, 15) for _ in range(200)]
        writer.kill()
    words = [Counter(job.shown_as(desk.clock.at_ms) for job in look.jobs) for look in looks]
    assert [w["scheduled"] for w in words] == [look.counts.scheduled for look in looks]
    assert len({w["scheduled"] for w in words}) == 2  # the writer was not idle meanwhile

"""The command line, as a person meets it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House, jobd, run_sql

if TYPE_CHECKING:
    from pathlib import Path


def test_init_makes_a_queue_once(tmp_path: Path) -> None:
    db = tmp_path / "jobs.db"
    first = jobd("init", "--db", db)
    assert (first.returncode, first.stdout) == (0, f"made {db}\n")
    assert db.stat().st_mode & 0o777 == 0o660
    run_sql(db, "UPDATE job_kinds SET paused = 1")
    again = jobd("init", "--db", db)
    assert (again.returncode, again.stdout) == (0, f"{db} is a queue already\n")
    assert run_sql(db, "SELECT DISTINCT paused FROM job_kinds") == [(1,)]


def test_the_printed_schema_makes_a_queue_that_serve_takes(house: House) -> None:
    printed = jobd("schema").stdout
    with closing(sqlite3.connect(house.db, isolation_level=None)) as db:
        db.executescript(printed)
    kinds = house.sql("SELECT kind FROM job_kinds ORDER BY kind")
    assert kinds == [("crop_frames",), ("full_frames",)]
    job = house.insert("full_frames", house.video())
    house.work_off()
    assert house.job(job, "status") == "completed"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["serve"], 2, "setting 'db' is missing: give --db or JOBD_DB"),
        (["serve", "--db", "q.db", "--concurrency", "0"], 2, "setting 'concurrency' (flag)"),
        (["serve", "--db", "q.db", "--colour", "red"], 2, "unrecognized arguments: --colour red"),
        (["serve", "--db", "nowhere/q.db"], 5, "nowhere/q.db"),
        (["init", "--db", "nowhere/q.db"], 5, "cannot make"),
        (["inspect", "--db", "q.db"], 5, "no queue at"),
        (["inspect", "--db", "text.db"], 5, "text.db"),
        (["serve", "--db", "text.db"], 5, "text.db"),
        (["cancel", "--db", "q.db"], 2, "name jobs, or say which"),
        (["retry", "--db", "q.db", "7"], 5, "no queue at"),
        (["retry", "--db", "q.db", "--since", "soon"], 2, "'soon' is no span of time"),
        (["pause", "--db", "text.db"], 5, "text.db"),
        (["prune", "--db", "q.db"], 2, "--completed-before or --failed-before"),
        (["prune", "--db", "q.db", "--failed-before", "x"], 2, "'x' is no span of time"),
        (["inspect", "stats", "--db", "q.db"], 5, "no queue at"),
        (["inspect", "--db", "q.db", "--max-age", "3"], 2, "--max-age is for --check"),
        (["inspect", "--db", "q.db", "--check", "7"], 2, "leave the ID out"),
        (
            ["inspect", "--db", "q.db", "--check", "--max-failed", "-1"],
            2,
            "argument --max-failed: '-1' is below 0",
        ),
        (["inspect", "--db", "q.db", "--check", "--since", "1h"], 2, "goes with --max-failed"),
        (["metrics", "--db", "q.db"], 5, "no queue at"),
        (["metrics", "--db", "q.db", "--listen", "x"], 2, "write a port"),
        (["fly"], 2, "invalid choice: 'fly'"),
        ([], 2, "required: COMMAND"),
    ],
)
def test_what_cannot_work_is_said_in_a_line(
    tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    (tmp_path / "text.db").write_text("not a database, but longer than its header" * 10)
    done = jobd(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert sentence in done.stderr
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert (tmp_path / "text.db").read_text().startswith("not a database")
    assert not (tmp_path / "q.db").exists()


def test_an_unknown_variable_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBD_CONCURENCY", "3")
    done = jobd("init", "--db", tmp_path / "q.db")
    assert done.returncode == 2
    assert "unknown setting 'concurency' (environment)" in done.stderr


def test_every_setting_is_a_flag_of_serve() -> None:
    text = jobd("serve", "--help").stdout
    for flag in ("--db", "--concurrency", "--backoff-s", "--drain-s", "--exit-when-idle"):
        assert flag in text


def test_a_probe_says_its_line_on_standard_output(tmp_path: Path) -> None:
    done = jobd("inspect", "--check", "--db", tmp_path / "q.db")
    assert (done.returncode, done.stderr) == (5, "")
    assert done.stdout.startswith("not ok: no queue at ")
    jobd("init", "--db", tmp_path / "q.db")
    done = jobd("inspect", "--check", "--db", tmp_path / "q.db")
    assert (done.returncode, done.stdout) == (0, "ok: the queue can be read\n")


def test_metrics_go_to_standard_output_or_into_a_file(tmp_path: Path) -> None:
    jobd("init", "--db", tmp_path / "q.db")
    printed = jobd("metrics", "--db", tmp_path / "q.db").stdout
    assert f'jobd_up{{queue="{tmp_path / "q.db"}"}} 0\n' in printed
    written = jobd("metrics", "--db", tmp_path / "q.db", "--textfile", tmp_path / "jobd.prom")
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "jobd.prom").read_text().startswith("# HELP jobd_build_info ")

"""The command as a person types it, on real queues: healthy and ill."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobd.host import look
from jobd.queue.file import VERSION, create
from jobd.sqlite import connect, load_blocks
from tests.support.house import LONG_VIDEO, House, jobd
from tests.support.queuefile import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

MANUAL = Path(__file__).parents[2] / "docs" / "doctor.md"
SQL = load_blocks(Path(look.__file__).with_name("doctor.sql"))
# What differs from machine to machine.
OF_THE_MACHINE = {"sqlite_python", "space", "file_system", "pid_namespace", "landlock", "seccomp"}
DAYS_2 = "(strftime('%s', 'now') - 2 * 86400) * 1000"


@dataclass
class Found:
    """What doctor said: each check by its name."""

    code: int
    checks: dict[str, dict[str, Any]]

    def amiss(self) -> dict[str, str]:
        return {
            name: check["state"]
            for name, check in self.checks.items()
            if check["state"] != "ok" and name not in OF_THE_MACHINE
        }


def examined(*arguments: str | Path, **options: Any) -> Found:
    done = jobd("doctor", "--json", *arguments, **options)
    return read(done)


def read(done: subprocess.CompletedProcess[str]) -> Found:
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert set(document) == {"version", "checks", "worst"}
    assert document["version"] == 1
    states = [check["state"] for check in document["checks"]]
    assert document["worst"] == max(states, key=["ok", "warn", "fail"].index)
    assert done.returncode == (document["worst"] == "fail")
    for check in document["checks"]:
        assert set(check) == {"name", "state", "text", "mend"}
        assert check["text"]
        assert (check["mend"] is None) == (check["state"] == "ok")
        assert "\n" not in f"{check['text']}{check['mend']}"
    checks = {check["name"]: check for check in document["checks"]}
    assert len(checks) == len(states)
    return Found(done.returncode, checks)


@pytest.fixture
def queue(house: House) -> House:
    """A house with a queue that nobody serves."""
    assert jobd("init", "--db", house.db).returncode == 0
    return house


def test_a_healthy_house(house: House) -> None:
    daemon = house.ready()
    job = house.insert("full_frames", house.video())
    house.until_status(job, "completed")
    found = examined("--db", house.db)
    assert found.amiss() == {}
    assert found.code == 0
    assert f"pid {daemon.pid}," in found.checks["daemon"]["text"]
    assert f"uid {os.geteuid()} (the daemon), owns" in found.checks["user"]["text"]
    assert "h264" in found.checks["decoders"]["text"]
    assert found.checks["integrity"]["text"] == "quick_check found nothing"
    assert "(pid" not in found.checks["pid_namespace"]["text"]  # the daemon itself is no app
    named = set(re.findall(r"`(\w+)`", MANUAL.read_text(encoding="utf-8")))
    assert set(found.checks) <= named


def test_it_leaves_no_trace(queue: House) -> None:
    before = sorted(queue.folder.iterdir()), queue.db.read_bytes()
    found = examined("--quick", "--db", queue.db)
    assert found.amiss() == {"daemon": "warn"}
    assert (sorted(queue.folder.iterdir()), queue.db.read_bytes()) == before


def test_what_a_person_sees(queue: House) -> None:
    done = jobd("doctor", "--quick", "--db", queue.db)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if re.match(r"warn  daemon +not running$", line))
    assert lines[at + 1].strip() == f"→ start it: python -m jobd serve --db {queue.db}"
    assert "\x1b" not in done.stdout


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


@pytest.mark.parametrize(("no_color", "escapes"), [("", True), ("1", False)])
def test_a_terminal_gets_colours(queue: House, no_color: str, *, escapes: bool) -> None:
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "jobd", "doctor", "--quick", "--db", str(queue.db)]
    environ = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm"}
    with subprocess.Popen(command, stdout=terminal, env=environ):
        os.close(terminal)
        shown = "".join(pieces_of(reader))
    os.close(reader)
    assert ("\x1b[33mwarn\x1b[0m  daemon" in shown) is escapes
    assert ("\x1b" in shown) is escapes


def pieces_of(reader: int) -> Iterator[str]:
    while True:
        try:
            piece = os.read(reader, 4096)
        except OSError:  # the terminal is closed on the other side
            return
        if not piece:
            return
        yield piece.decode("utf-8", "replace")


def test_without_a_queue_the_machine_is_judged_all_the_same(house: House) -> None:
    found = examined("--quick", "--db", house.db)
    assert found.amiss() == {"queue": "warn"}
    assert {"settings", "space", "sqlite", "packages"} <= set(found.checks)
    assert "integrity" not in found.checks
    assert list(house.folder.iterdir()) == []
    nowhere = examined("--quick", "--db", house.folder / "nowhere" / "jobs.db")
    assert nowhere.amiss() == {"queue": "fail"}
    assert nowhere.checks["queue"]["mend"] == f"mkdir {house.folder / 'nowhere'}"


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


def test_a_bad_setting_is_a_check_and_the_rest_is_judged(queue: House, tmp_path: Path) -> None:
    found = examined("--quick", "--db", queue.db, "--concurrency", "0")
    assert found.amiss() == {"settings": "fail", "daemon": "warn"}
    assert "setting 'concurrency' (flag)" in found.checks["settings"]["text"]
    (tmp_path / "jobd.toml").write_text(f'db = "{queue.db}"\ncolour = "red"\n')
    found = examined("--quick", cwd=tmp_path)
    assert found.amiss() == {"settings": "fail", "queue": "fail"}
    assert "unknown setting 'colour' (jobd.toml)" in found.checks["settings"]["text"]
    found = examined("--quick", "--db", os.fsdecode(b"\xff.db"), cwd=queue.folder)
    assert found.amiss() == {"settings": "fail", "queue": "fail"}


def test_the_settings_come_from_where_serve_takes_them(queue: House, tmp_path: Path) -> None:
    toml = tmp_path / "jobd.toml"
    toml.write_text(f'db = "{queue.db}"\nfinal_status = "running_ocr"\n')
    environ = {**os.environ, "JOBD_SANDBOX": "off"}
    del environ["JOBD_OCR_ENGINE"]  # of all tests, see conftest.py
    found = examined("--quick", "--poll-ms", "50", cwd=tmp_path, env=environ)
    said = f"flags --poll-ms, then variables JOBD_SANDBOX, then file {toml}"
    assert found.checks["settings"]["text"] == said
    assert found.checks["ocr"]["text"].endswith("full_frames ends with running_ocr")
    assert found.checks["queue"]["text"].startswith(str(queue.db))


def test_a_wrong_flag_is_exit_code_2() -> None:
    assert jobd("doctor", "--fly").returncode == 2
    assert jobd("doctor", "--quick", "--full").returncode == 2


AS_NOBODY = """
import os, sys
import jobd.host.doctor, pyseccomp
from jobd.__main__ import main
from jobd.host.libraries import packages
packages()
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
sys.exit(main(["doctor", "--json", "--quick", *sys.argv[1:]]))
"""
root_only = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux", reason="only root can become another user"
)


def by_nobody(*arguments: str | Path) -> Found:
    """Loaded by root and then another user's: Python itself may lie where only root can read."""
    command = [sys.executable, "-c", AS_NOBODY, *map(str, arguments)]
    return read(subprocess.run(command, capture_output=True, text=True, check=False, timeout=60))


@root_only
@pytest.mark.parametrize("served", [False, True])
def test_a_user_who_may_only_read(open_house: House, *, served: bool) -> None:
    open_house.ready()
    if not served:
        open_house.close()  # killed: -wal and -shm stay
    assert open_house.db.with_name("jobs.db-wal").exists()
    for path in open_house.folder.glob("jobs.db*"):
        path.chmod(0o644)
    found = by_nobody("--db", open_house.db)
    alone = {"daemon": "warn", "access": "warn"}
    assert found.amiss() == {"roots": "warn", **({} if served else alone)}
    who = "uid 0 (the daemon)" if served else "uid 65534 (doctor; no daemon seen)"
    assert found.checks["user"]["text"].startswith(who)
    assert found.code == 0


@root_only
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_user_who_may_not_even_read(open_house: House, closed: str) -> None:
    create(open_house.db, KINDS)
    (open_house.folder if closed == "folder" else open_house.db).chmod(0o600)
    found = by_nobody("--db", open_house.db)
    assert found.amiss()["queue"] == "fail"
    assert found.code == 1


@root_only
def test_another_user_than_the_videos_databases(open_house: House) -> None:
    create(open_house.db, KINDS)
    paths = open_house.video()
    open_house.insert("full_frames", paths)
    open_house.db.chmod(0o644)
    found = by_nobody("--db", open_house.db)
    assert found.amiss()["user"] == "fail"
    assert "databases are uid 0's" in found.checks["user"]["text"]
    shutil.chown(paths["dbPath"], 65534)
    assert "user" not in by_nobody("--db", open_house.db).amiss()
    as_root = examined("--quick", "--db", open_house.db)
    assert as_root.amiss() == {"daemon": "warn", "user": "warn"}


@root_only
@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare here")
def test_a_pid_namespace_of_its_own(house: House) -> None:
    daemon = house.ready()
    apart = ["unshare", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    command = [*apart, sys.executable, "-m", "jobd", "doctor", "--quick", "--json"]
    done = subprocess.run([*command, "--db", house.db], capture_output=True, text=True, check=False)
    found = read(done).checks["pid_namespace"]
    assert found["state"] == "warn"
    assert "the daemon's pid is not seen here" in found["text"]
    daemon.terminate()
    daemon.wait()
    done = subprocess.run([*command, "--db", house.db], capture_output=True, text=True, check=False)
    assert "a container's own" in read(done).checks["pid_namespace"]["text"]


@pytest.mark.parametrize("name", sorted(SQL))
def test_no_statement_reads_all_rows(tmp_path: Path, name: str) -> None:
    create(tmp_path / "jobs.db", KINDS)
    db = connect(tmp_path / "jobs.db", "ro")
    binds = dict.fromkeys(("before_ms", "count"), 1)
    steps = [str(row[-1]) for row in db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", binds)]
    db.close()
    newest_first = name == "newest_payloads"  # ends after its LIMIT
    assert [step for step in steps if step == "SCAN jobs" and not newest_first] == []

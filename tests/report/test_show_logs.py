"""`inspect logs` as a person types it, and as a program reads it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.said import Said
from jobd.queue.settle import settle
from jobd.report.log_screen import log_text
from jobd.report.logs import LogLine
from tests.support.house import jobd
from tests.support.queuefile import COMPLETED, NOW_MS

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.desk import Desk

AT = "2026-03-01T08:30:00.000Z"


def logs(*arguments: str | Path | int) -> subprocess.CompletedProcess[str]:
    return jobd("inspect", "logs", *map(str, arguments))


@pytest.fixture
def tried(desk: Desk) -> Desk:
    """Job 1 has had two attempts, each with a line of its own, and has completed."""
    desk.add()
    for what, outcome in (
        (Settlement("queued", error="no"), Outcome.RETRY),
        (COMPLETED, Outcome.COMPLETED),
    ):
        lease = desk.lease()
        desk.say(lease, "debug", f"for {outcome}")
        settle(desk.queue, lease, outcome, what, said=Said(lease.attempt_id))
    return desk


def test_a_log_has_a_line_between_attempts(tried: Desk) -> None:
    done = logs(1, "--db", tried.path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{AT}  debug    for retry",
        f"{AT}  warning  queued again: no",
        "── attempt 2 ──",
        f"{AT}  debug    for completed",
        f"{AT}  info     completed",
    ]


def test_some_of_it_by_attempt_level_and_count(tried: Desk) -> None:
    def shown(*flags: str) -> list[str]:
        lines = logs(1, "--db", tried.path, *flags).stdout.splitlines()
        return [line.split("  ")[-1].strip() for line in lines]

    assert shown("--attempt", "1") == ["for retry", "queued again: no"]
    assert shown("--attempt", "2", "-n", "1") == ["── attempt 2 ──", "completed"]
    assert shown("--level", "info") == ["queued again: no", "── attempt 2 ──", "completed"]
    assert shown("--level", "warning") == ["queued again: no"]
    assert shown("-n", "0") == []


def test_json_lines(tried: Desk) -> None:
    lines = logs(1, "--db", tried.path, "--json").stdout.splitlines()
    assert json.loads(lines[2]) == {
        "id": 3,
        "job_id": 1,
        "attempt": 2,
        "attempt_id": 2,
        "at": AT,
        "level": "debug",
        "message": "for completed",
    }
    assert [json.loads(line)["attempt"] for line in lines] == [1, 1, 2, 2]


def test_what_could_repaint_a_terminal_is_spelled(desk: Desk) -> None:
    desk.add()
    bad = "a\x1b[2J\n  b\r\u202e"
    desk.sql("INSERT INTO job_logs VALUES (1, 1, ?, CAST(x'ff1b' AS TEXT), ?)", NOW_MS, bad)
    desk.lease()
    first, second = logs(1, "--db", desk.path).stdout.splitlines()
    assert first == f"{AT}  \N{REPLACEMENT CHARACTER}\\x1b    a\\x1b[2J"
    assert second.strip() == "b\\r\\u202e"
    told = json.loads(logs(1, "--db", desk.path, "--json").stdout)
    assert told["message"] == bad


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["7"], 4, "jobd: no job 7 in "),
        (["0"], 4, "jobd: no job 0 in "),
        (["99999999999999999999"], 4, "jobd: no job 99999999999999999999 in "),
        (["1", "--attempt", "9"], 4, "jobd: job 1 has no attempt 9; it has had: 1, 2\n"),
        (["2", "--attempt", "1", "-f"], 4, "jobd: job 2 has no attempt 1; it has had: none yet\n"),
        (["2"], 0, "jobd: nothing was said of job 2\n"),
        (["1", "--level", "error"], 0, "jobd: nothing of that level was said of job 1\n"),
        (["1", "-n", "many"], 2, "'many' is no whole number (see "),
        (["x"], 2, "argument ID: 'x' is no whole number (see "),
    ],
)
def test_what_is_not_there_is_said_in_a_line(
    tried: Desk, arguments: list[str], code: int, said: str
) -> None:
    tried.add()
    done = logs(*arguments, "--db", tried.path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_queue_is_exit_code_5(tmp_path: Path) -> None:
    done = logs(1, "-f", "--db", tmp_path / "none.db")
    assert (done.returncode, done.stdout) == (5, "")


def test_a_look_leaves_no_trace(tried: Desk, tmp_path: Path) -> None:
    tried.queue.db.wal_checkpoint(mode=3)
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(tried.path, folder / "jobs.db")
    assert logs(1, "-f", "--db", folder / "jobs.db").stdout.count("\n") == 5
    assert [path.name for path in folder.iterdir()] == ["jobs.db"]


def test_a_message_of_several_lines_stands_below_its_first() -> None:
    line = LogLine(1, 1, 1, NOW_MS, "error", "no\n\n  File x")
    indent = " " * (len(AT) + 11)
    assert log_text((line,), 1) == f"{AT}  error    no\n\n{indent}  File x\n"

"""SIGHUP: settings taken in again by a daemon that runs."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobd.daemon.reload import change
from jobd.settings import Settings
from tests.support.house import PATIENCE_S, run_sql, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.house import House


# These tests themselves may run under nohup, which children inherit.
AS_A_SHELL_STARTS_IT = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "jobd", *sys.argv[1:]])
"""


@pytest.fixture
def config(house: House) -> Path:
    """The settings file of the house's daemon, which runs."""
    path = house.folder / "settings.toml"
    path.write_text("concurrency = 1\n")
    house.ready("--config", str(path))
    return path


def reload(house: House, config: Path, text: str, answer: str) -> None:
    said = house.log().count(answer)
    config.write_text(text)
    house.daemons[-1].send_signal(signal.SIGHUP)
    until(lambda: house.log().count(answer) > said, house.log)


def most_running(house: House) -> object:
    return house.sql("SELECT max_running FROM job_kinds WHERE kind = 'full_frames'")[0][0]


def test_what_may_change_changes_and_what_may_not_is_named(house: House, config: Path) -> None:
    assert most_running(house) is None
    text = 'concurrency = 3\nroots = ["/srv"]\nfinal_status = "running_ocr"\n'
    reload(house, config, text, "settings reloaded: concurrency, final_status\n")
    until(lambda: "not changed, needs a restart: roots\n" in house.log(), house.log)
    assert most_running(house) == 2
    until(lambda: house.sql("SELECT concurrency FROM daemon") == [(3,)])
    job = house.insert("full_frames", payload := house.video())
    house.until_status(job, "completed")
    word = run_sql(payload["dbPath"], "SELECT status FROM processing_status")
    assert word == [("running_ocr",)]


def test_nothing_new_is_nothing_done(house: House, config: Path) -> None:
    reload(
        house, config, "concurrency = 1\n# as before\n", "settings reloaded: nothing to change\n"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("concurrency = 0\nlog_level = 'error'\n", "setting 'concurrency'"),
        ("concurrency = 2\ncolour = 'red'\n", "unknown setting 'colour'"),
        ("concurrency = 2\n[time_limits]\nfly = 3\n", "time_limits: unknown kind 'fly'"),
        ("concurrency = ", "settings file"),
    ],
)
def test_one_wrong_setting_leaves_all_as_they_were(
    house: House, config: Path, text: str, why: str
) -> None:
    refusal = f"settings not reloaded, the old ones stay in force: {why}"
    reload(house, config, text, refusal)
    assert most_running(house) is None
    assert "Traceback" not in house.log()
    job = house.insert("full_frames", house.video())
    house.until_status(job, "completed")
    reload(house, config, "concurrency = 2\n", "settings reloaded: concurrency\n")
    assert most_running(house) == 1


def test_a_terminal_that_closes_ends_its_daemon(house: House) -> None:
    ours, theirs = pty.openpty()
    daemon = subprocess.Popen(
        [sys.executable, "-c", AS_A_SHELL_STARTS_IT, "serve", "--db", str(house.db)],
        stdin=theirs,
        stderr=subprocess.PIPE,
        text=True,
    )
    with daemon:
        assert daemon.stderr is not None
        assert " ready on " in daemon.stderr.readline()
        daemon.send_signal(signal.SIGHUP)
        assert daemon.wait(PATIENCE_S) == -signal.SIGHUP
    os.close(ours)
    os.close(theirs)


def test_a_change_is_all_but_the_queue_and_the_roots() -> None:
    old = Settings.model_validate({"db": "a.db", "roots": "/a", "concurrency": 1, "drain_s": 3})
    new = Settings.model_validate({"db": "b.db", "roots": "/b", "concurrency": 2, "drain_s": 3})
    settings, taken, left = change(old, new)
    assert (taken, left) == (("concurrency",), ("db", "roots"))
    assert settings == old.model_copy(update={"concurrency": 2})

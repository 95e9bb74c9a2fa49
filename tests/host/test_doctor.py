"""The command as a person types it, and where its settings come from."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House, jobd

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.support.examined import examined

MANUAL = Path(__file__).parents[2] / "docs" / "doctor.md"


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

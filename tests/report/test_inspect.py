"""The command as a person types it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from jobd.queue.lifecycle import Outcome
from jobd.report.inspect import Asked, inspect
from jobd.report.view import View
from tests.support.desk import VIDEO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jobd", "inspect", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_queue_and_a_job_as_text_and_as_json(desk: Desk) -> None:
    desk.add("crop_frames")
    assert "\n1\tqueued\tcrop_frames\t" in command("--db", desk.path).stdout
    assert command("--db", desk.path, "1").stdout.startswith("○ job 1: crop_frames, queued\n")
    assert json.loads(command("--db", desk.path, "--json").stdout)["counts"]["queued"] == 1
    assert json.loads(command("--db", desk.path, "1", "--json").stdout)["job"]["id"] == 1


def test_no_such_job_is_exit_code_4(desk: Desk) -> None:
    ended = command("--db", desk.path, "7")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr == f"jobd: no job 7 in {desk.path}\n"


def test_no_readable_queue_is_exit_code_5(tmp_path: Path) -> None:
    ended = command("--db", tmp_path / "none.db", "--json")
    assert (ended.returncode, ended.stdout) == (5, "")
    assert ended.stderr.startswith("jobd: no queue at ")
    assert ended.stderr.count("\n") == 1


def test_a_pipe_gets_20_jobs_or_as_many_as_are_asked_for(desk: Desk) -> None:
    for _ in range(620):
        desk.add()
    few, all_of_them = command("--db", desk.path), command("--db", desk.path, "-n", "0")
    assert few.stdout.count("\n") == 21
    assert few.stderr == "jobd: more than these 20 jobs: -n 0 prints all\n"
    lines = all_of_them.stdout.splitlines()[1:]
    assert [line.split("\t")[0] for line in lines] == [str(n + 1) for n in range(620)]
    assert all_of_them.stderr == ""
    document = json.loads(command("--db", desk.path, "--json").stdout)
    assert (len(document["jobs"]), document["more"]) == (20, True)


def test_the_filters_choose(desk: Desk) -> None:
    for _ in range(3):
        desk.add("crop_frames")
    desk.run(Outcome.FAILED, error="no")
    desk.add()

    def ids(*more: str) -> list[str]:
        lines = command("--db", desk.path, *more).stdout.splitlines()[1:]
        return [line.split("\t")[0] for line in lines]

    assert ids("--status", "failed") == ["1"]
    assert ids("--status", "failed", "--status", "queued", "--kind", "crop_frames") == [
        "2",
        "3",
        "1",
    ]
    assert ids("--video", VIDEO[:5]) == ["4", "3", "2", "1"]
    assert ids("--video", VIDEO, "-n", "2", "--status", "queued") == ["4", "3"]
    assert ids("--since", "1h") == [
        "2",
        "3",
        "4",
    ]  # the job failed long ago by this machine's clock


def test_a_terminal_without_utf_8_shows_question_marks(desk: Desk) -> None:
    desk.add(payload={"videoId": "字幕"})
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    inspect(desk.path, Asked(), desk.clock, out, View())
    out.flush()
    assert b" ?? " in raw.getvalue()


def test_looking_loads_neither_decoders_nor_models() -> None:
    heavy = ("cv2", "numpy", "av", "pydantic")
    probe = f"import sys, jobd.report.inspect; print(*[m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == ""


def test_ctrl_c_ends_any_command_with_130_and_without_a_traceback(desk: Desk) -> None:
    program = (
        "import _thread, sys\n"
        "from jobd.__main__ import main\n"
        "import jobd.commands.inspect_stats as command\n"
        "def interrupted(*_): _thread.interrupt_main(); [None for _ in iter(int, 1)]\n"
        "command.read_stats = interrupted\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "inspect", "stats", "--db", desk.path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_a_reader_that_has_gone_is_not_the_queues_fault(desk: Desk) -> None:
    for _ in range(900):
        desk.add()
    with subprocess.Popen(
        [sys.executable, "-m", "jobd", "inspect", "-n", "0", "--db", desk.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.readline()
        reading.stdout.close()
        assert reading.stderr.read() == ""
        assert reading.wait() == 0

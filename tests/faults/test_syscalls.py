"""A crash, an error or a torn write at any call that changes a file, then a plain restart."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.faultrun import Fault, Trial, count_calls, try_all
from tests.support.shim import Action, Shim
from tests.support.tinyjobs import tiny_house

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from tests.support.tally import Tally

    Journal = Literal["delete", "wal"]

# What goes wrong, and how many calls lie between two trials of the short set.
KINDS = {
    "kill": (Action.KILL, 0, 51),
    "torn write": (Action.TORN, 0, 140),
    "EIO": (Action.ERROR, errno.EIO, 125),
    "ENOSPC": (Action.ERROR, errno.ENOSPC, 130),
}
BY_STRACE = "pwrite64,fdatasync,fsync,ftruncate,unlink,unlinkat,rename,link,linkat,mkdir,rmdir"


def faults_of(kind: str, journal: Journal, last: int, *, start: int, every: int) -> list[Fault]:
    action, error, _ = KINDS[kind]
    return [Fault(call, action, error, journal) for call in range(start, last + 1, every)]


def check(trials: list[Trial], tally: Tally, what: str) -> None:
    slowest_s = max(trial.recovery_s for trial in trials)
    tally.add(what, len(trials), sum(bool(trial.wrong) for trial in trials), slowest_s)
    for trial in trials:
        assert trial.wrong == [], f"{trial.fault}\n" + "\n".join(trial.wrong)
    # The number of calls varies a little with the time that things take.
    assert sum(trial.hit for trial in trials) >= 0.8 * len(trials)


def test_some_calls_fail(tmp_path: Path, tally: Tally) -> None:
    last = count_calls(tmp_path / "count", "delete")
    assert last > 200
    faults: list[Fault] = []
    for nth, (kind, (_, _, every)) in enumerate(KINDS.items()):
        journal: Journal = "wal" if nth % 2 else "delete"
        faults += faults_of(kind, journal, last, start=1 + 23 * nth, every=every)
    check(try_all(tmp_path, faults), tally, "kill, torn write, EIO or ENOSPC at a system call")


@pytest.mark.long
@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_call_fails(tmp_path: Path, tally: Tally, kind: str, journal: Journal) -> None:
    last = count_calls(tmp_path / "count", journal)
    faults = faults_of(kind, journal, last, start=1, every=1)
    check(try_all(tmp_path, faults), tally, f"{kind} at every system call, {journal}")


@pytest.mark.skipif(shutil.which("strace") is None, reason="LOUD: strace is not installed")
def test_the_shim_sees_every_call_that_the_kernel_sees(tmp_path: Path) -> None:
    tiny = tiny_house(tmp_path)
    tiny.add_both(tiny.video())
    trace = tmp_path / "trace"
    with Shim(tmp_path) as shim:
        preload = [f"-E{name}={value}" for name, value in shim.environ.items()]
        strace = ["strace", "-f", "-qq", "-y", "-o", str(trace), "-e", f"trace={BY_STRACE}"]
        serve = ["-m", "jobd", "serve", "--exit-when-idle", "--db", str(tiny.house.db)]
        subprocess.run([*strace, *preload, sys.executable, *serve], check=True, timeout=60)
        calls = shim.calls
    seen = re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE)
    assert calls >= len(seen) > 100
    assert tiny.violations() == []

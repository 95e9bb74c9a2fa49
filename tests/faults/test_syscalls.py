"""A crash, an error or a torn write at any call that changes a file, then a plain restart."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.faultrun import Fault, Trial, calls_of, try_all
from tests.support.shim import Action, Shim
from tests.support.tinyjobs import tiny_house

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from tests.support.tally import Tally

    Journal = Literal["delete", "wal"]

# What goes wrong; the calls at which the short set tries it, and where among those of one name.
KINDS = {
    "kill": (Action.KILL, 0, "fdatasync|ftruncate|unlink", (0.3, 0.8)),
    "torn write": (Action.TORN, 0, "pwrite", (0.6,)),
    "EIO": (Action.ERROR, errno.EIO, "", (0.45,)),
    "ENOSPC": (Action.ERROR, errno.ENOSPC, "pwrite|ftruncate", (0.7,)),
}
# Files whose names are ours; the rest are a library's own, named at random.
OURS = re.compile(r"\w+ ((jobs|annotations)\.db.*|v1)")
PASSING = re.compile(r"\w+ .*(-shm|\.lock)")  # what they say ends with their daemon
BY_STRACE = "pwrite64,fdatasync,fsync,ftruncate,unlink,unlinkat,rename,link,linkat,mkdir,rmdir"


def some(kind: str, journal: Journal, names: list[str]) -> list[Fault]:
    """Calls of every name that lasts: each is another step of a commit."""
    action, error, pattern, places = KINDS[kind]
    return [
        Fault(1 + int(place * n), action, error, journal, name)
        for name, n in Counter(filter(OURS.fullmatch, names)).items()
        for place in places[:n]
        if re.match(pattern, name) and not PASSING.fullmatch(name)
    ]


def every(kind: str, journal: Journal, names: list[str]) -> list[Fault]:
    """Each call by its name; only those of random names by their number among all."""
    action, error, _, _ = KINDS[kind]
    nth: Counter[str] = Counter()
    faults = []
    for number, name in enumerate(names, 1):
        nth[name] += 1
        which, call = (name, nth[name]) if OURS.fullmatch(name) else ("", number)
        if action is not Action.TORN or "write" in name:
            faults.append(Fault(call, action, error, journal, which))
    return faults


def check(trials: list[Trial], tally: Tally, what: str) -> None:
    slowest_s = max(trial.recovery_s for trial in trials)
    tally.add(what, len(trials), sum(bool(trial.wrong) for trial in trials), slowest_s)
    for trial in trials:
        assert trial.wrong == [], f"{trial.fault}\n" + "\n".join(trial.wrong)
    assert [trial.fault for trial in trials if trial.fault.which and not trial.hit] == []


@pytest.mark.timeout(600)  # two whole daemons for each of its trials, on whatever machine
def test_some_calls_fail(tmp_path: Path, tally: Tally) -> None:
    journals: tuple[Journal, ...] = ("delete", "wal")
    names = {journal: calls_of(tmp_path / journal, journal) for journal in journals}
    faults: list[Fault] = []
    for nth, kind in enumerate(KINDS):
        journal = journals[nth % 2]
        faults += some(kind, journal, names[journal])
    assert len(faults) > 30
    check(try_all(tmp_path, faults), tally, "kill, torn write, EIO or ENOSPC at a system call")


@pytest.mark.long
@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_call_fails(tmp_path: Path, tally: Tally, kind: str, journal: Journal) -> None:
    faults = every(kind, journal, calls_of(tmp_path / "names", journal))
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

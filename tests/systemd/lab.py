"""A machine under a real systemd: booted in namespaces in a second, gone without a trace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).parents[2]
HOME = Path("/opt/jobd")  # of the project's copy in there
PYTHON = HOME / ".venv/bin/python"
_PACKAGES = Path("/opt/packages")
_SYSTEMD = Path("/lib/systemd/systemd")
_TOOLS = ("unshare", "nsenter", "mount", "pivot_root", "systemctl", "journalctl")
_UP = {"running", "degraded"}
_EXIT = signal.SIGRTMIN + 14  # systemd ends, its services first
PATIENCE_S = 60.0


def why_not() -> str | None:
    """What is missing here for a lab; None: nothing."""
    if sys.platform != "linux":
        return "systemd needs Linux"
    if os.geteuid() != 0:
        return "only root may boot a systemd in namespaces"
    missing = [tool for tool in _TOOLS if not shutil.which(tool)]
    if missing or not _SYSTEMD.exists():
        return f"no systemd here, or not all of it: apt-get install systemd ({', '.join(missing)})"
    if "overlay" not in Path("/proc/filesystems").read_text(encoding="ascii"):
        return "this kernel has no overlay file system"
    if _cgroups() is None:
        return "no cgroup2 is mounted here"
    return None


@dataclass(frozen=True, slots=True)
class Machine:
    """What is booted.

    Attributes:
        root: Its root folder; it is only read.
        python: Its interpreter: a path, or a name in its /usr/bin.
        packages: A folder of what jobd needs, for that interpreter.
    """

    root: Path
    python: str
    packages: Path


def this_machine() -> Machine:
    """The distribution's Python where it is of our version, as on most servers; else our own."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packaged = Path("/usr/bin") / version
    python = packaged if packaged.exists() else Path(sys.executable).resolve()
    return Machine(Path("/"), str(python), Path(sysconfig.get_path("purelib")))


class Lab:
    """The machine while it runs.

    Attributes:
        root: Its root folder, as seen from here.
    """

    def __init__(self, pid: int, console: Path) -> None:
        self._pid = pid
        self._console = console
        self.root = Path(f"/proc/{pid}/root")

    def run(self, *command: str | Path, user: str = "root", ok: bool = True) -> str:
        """Run a command inside; what it printed, errors too.

        Args:
            command: Its words.
            user: Who runs it.
            ok: Whether it must end well.
        """
        done = self.start(*command, user=user)
        text, _ = done.communicate(timeout=PATIENCE_S)
        if ok:
            assert done.returncode == 0, f"{' '.join(map(str, command))}: {text}"
        return text

    def start(self, *command: str | Path, user: str = "root") -> subprocess.Popen[str]:
        """The same, not waited for."""
        enter = ("nsenter", "-t", str(self._pid), "-a")
        clean = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8")
        become = () if user == "root" else ("runuser", "-u", user, "--")
        return subprocess.Popen(
            [*enter, *clean, *become, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def write(self, path: str | Path, text: str) -> None:
        """Put a file there."""
        place = self.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def at(self, path: str | Path) -> Path:
        """A path of the lab, as seen from here."""
        return self.root / str(path).removeprefix("/")

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--property", name, "--value", unit).strip()

    def journal(self, *matches: str) -> str:
        """What the journal holds, messages alone."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--quiet", "--output=cat", *matches)

    def until(self, condition: Callable[[], object], unit: str = "") -> None:
        """Wait for a condition, with patience."""
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end_s, f"waited in vain\n{self.journal('-u', f'{unit}*')}"
            time.sleep(0.05)


@contextmanager
def booted(machine: Machine, folder: Path) -> Iterator[Lab]:
    """Boot a machine with this project and its packages in /opt.

    Args:
        machine: Which.
        folder: An empty one, for the mount points of the lab's own namespace.
    """
    console = folder / "console.log"
    console.touch()
    place = folder / "lab"
    place.mkdir()
    group = (_cgroups() or Path()) / f"jobd-lab-{os.getpid()}"
    group.mkdir()
    outer = _unshared(machine, group, place, console)
    try:
        pid = _first_process(outer, console)
        lab = Lab(pid, console)
        lab.until(lambda: lab.run("systemctl", "is-system-running", ok=False).strip() in _UP)
        (group.parent / "cgroup.procs").write_text(str(outer.pid))  # a pid from outside confuses it
        _furnish(lab, machine)
        yield lab
    finally:
        _end(outer)
        _remove(group)


def _cgroups() -> Path | None:
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind = line.split()[:3]
        if kind == "cgroup2":
            return Path(place)
    return None


def _unshared(machine: Machine, group: Path, place: Path, console: Path) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("boot.sh")
    binds = [machine.packages, _PACKAGES]
    base = Path(sys.base_prefix)
    other_disk = base.stat().st_dev != Path("/").stat().st_dev  # the overlay shows only the first
    if other_disk and Path(machine.python).is_relative_to(base):
        binds += [base, base]
    enter = 'echo $$ >"$0" && exec unshare --mount --pid --uts --ipc --cgroup --net --fork'
    shell = ("sh", "-c", f'{enter} --kill-child=KILL "$@"', str(group / "cgroup.procs"))
    command = (script, machine.root, place, console, *binds)
    with console.open("ab") as log:
        return subprocess.Popen(
            [*shell, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _first_process(outer: subprocess.Popen[bytes], console: Path) -> int:
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s and outer.poll() is None:
        pids = children.read_text(encoding="ascii").split()
        with suppress(OSError):
            if pids and b"systemd" in Path(f"/proc/{pids[0]}/cmdline").read_bytes().split(b"\0")[0]:
                return int(pids[0])
        time.sleep(0.02)
    raise AssertionError(f"the lab does not boot: {console.read_text(errors='replace')}")


def _furnish(lab: Lab, machine: Machine) -> None:
    """The project as a clone would lie there, and a venv that has its packages."""
    for name in ("jobd", "systemd", "tests/support", "tests/systemd", "tests/media"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, lab.at(HOME / name), ignore=ignore)
    base = Path("/usr/bin", machine.python)
    lab.run("chmod", "a+x", *base.parents)  # one may be a home; the lab's, not the machine's
    lab.run(base, "-m", "venv", "--without-pip", HOME / ".venv")
    [site] = (lab.at(HOME / ".venv/lib")).glob("python*/site-packages")
    (site / "lab.pth").write_text(f"{HOME}\n{_PACKAGES}\n")


def _end(outer: subprocess.Popen[bytes]) -> None:
    with suppress(OSError, IndexError):
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text(encoding="ascii")
        os.kill(int(children.split()[0]), _EXIT)
        with suppress(subprocess.TimeoutExpired):
            outer.wait(10)
    outer.kill()  # and with it, by --kill-child, all that is left
    outer.wait()


def _remove(group: Path) -> None:
    """The lab's own control groups, the innermost first."""
    end_s = time.monotonic() + PATIENCE_S
    while group.exists() and time.monotonic() < end_s:
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
        time.sleep(0.02)

"""What a child cannot do once it is shut in, tried by a real process in a real sandbox."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobd.attempt import landlock, syscalls
from jobd.attempt.sandbox import missing_walls

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(bool(missing_walls()), reason="; ".join(missing_walls()))

PRELUDE = """
import ctypes, os, socket, subprocess, sys, threading
from pathlib import Path
import jobd.attempt.preload
from jobd.attempt.sandbox import shut_in
from jobd.handlers.access import Access
from jobd.handlers.context import Walls

given, folder = Path(sys.argv[1]), Path(sys.argv[2])
readable = (os.open(given, os.O_RDONLY),)
writable = (os.open(folder, os.O_PATH),)
access = Access(db_path=folder / "a.db", readable=readable, writable=writable)
walls = Walls("auto", 600_000_000, 1_000_000)
shut_in(access, walls)
secret = given.parent / "secret"
"""


SHUT = "shut_in(access, walls)\n"
MADE = "import resource\naccess.db_path.write_bytes(bytes(5000))\n"


def inside(tmp_path: Path, code: str, prelude: str = PRELUDE) -> subprocess.CompletedProcess[str]:
    given = tmp_path / "given"
    given.write_text("given")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "folder").mkdir()
    command = [sys.executable, "-c", prelude + code, str(given), str(tmp_path / "folder")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


REFUSALS = (
    "PermissionError",
    "MemoryError",
    "File too large",
    "AssertionError",
    "not allowed to raise",
)
ESCAPES = {
    "read another file": "secret.read_text()",
    "read the file's neighbours": "os.listdir(given.parent)",
    "read a password file": "Path('/etc/passwd').read_text()",
    "write the given file": "given.write_text('x')",
    "write elsewhere": "(given.parent / 'new').write_text('x')",
    "truncate elsewhere": "os.truncate(secret, 0)",
    "remove elsewhere": "secret.unlink()",
    "rename into the folder": "secret.rename(folder / 'secret')",
    "rename out of the folder": "(folder / 'a').write_text(''); (folder / 'a').rename(secret)",
    "link into the folder": "os.link(secret, folder / 'secret')",
    "symlink": "os.symlink(secret, folder / 'secret')",
    "device": "os.mknod(folder / 'dev')",
    "run a program": "os.execv('/bin/true', ['true'])",
    "start a program": "subprocess.run(['/bin/true'])",
    "fork": "os.fork()",
    "open a socket": "socket.socket()",
    "open a unix socket": "socket.socket(socket.AF_UNIX)",
    "kill the parent": "os.kill(os.getppid(), 0)",
    "kill the group": "os.kill(0, 0)",
    "leave the group": "os.setsid()",
    "trace": "assert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) != -1",
    "read another's memory": "open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
    "raise a limit": "import resource; resource.setrlimit(resource.RLIMIT_DATA, (2**40, 2**40))",
    "outgrow the file limit": "(folder / 'big').write_bytes(bytes(2_000_000))",
    "outgrow the memory limit": "bytes(700_000_000)",
}


@pytest.mark.parametrize("code", ESCAPES.values(), ids=ESCAPES.keys())
def test_no_way_out(tmp_path: Path, code: str) -> None:
    done = inside(tmp_path, code)
    assert done.returncode == 1, done
    assert any(word in done.stderr for word in REFUSALS), done.stderr
    assert (tmp_path / "secret").read_text() == "secret"
    assert (tmp_path / "given").read_text() == "given"


def test_what_a_job_needs_works(tmp_path: Path) -> None:
    done = inside(
        tmp_path,
        """
import apsw
assert given.read_text() == "given"
assert Path(f"/proc/self/fd/{readable[0]}").read_text() == "given"
for mode in ("wal", "delete"):
    db = apsw.Connection(str(folder / f"{mode}.db"))
    db.execute(f"PRAGMA journal_mode = {mode}; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    db.close()
(folder / "out").mkdir()
(folder / "out" / "a.jpg").write_text("x")
(folder / "out").rename(folder / "final")
os.kill(os.getpid(), 0)
thread = threading.Thread(target=print, args=("done",))
thread.start()
thread.join()
""",
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_shut_in_again_after_the_database_shrank_the_first_limit_stays(tmp_path: Path) -> None:
    code = """
before = resource.getrlimit(resource.RLIMIT_FSIZE)
os.truncate(access.db_path, 0)
shut_in(access, walls)
assert resource.getrlimit(resource.RLIMIT_FSIZE) == before == (1_005_000, 1_005_000)
"""
    done = inside(tmp_path, code, PRELUDE.replace(SHUT, MADE + SHUT))
    assert done.returncode == 0, done.stderr


def test_shut_in_again_it_can_still_write(tmp_path: Path) -> None:
    """An attempt that has failed writes its notice in the same process."""
    code = "shut_in(access, walls); (folder / 'a').write_text('x'); secret.read_text()"
    done = inside(tmp_path, code)
    assert "PermissionError" in done.stderr.splitlines()[-1]
    assert (tmp_path / "folder" / "a").exists()


def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    done = inside(tmp_path, "os.chdir(folder); os.abort()")
    assert done.returncode == -signal.SIGABRT
    assert list((tmp_path / "folder").iterdir()) == []


def test_this_machine_has_all_walls() -> None:
    assert landlock.version() > 0
    assert syscalls.missing() is None

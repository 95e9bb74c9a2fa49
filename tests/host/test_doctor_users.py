"""Other users than the daemon's, and a namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobd.queue.create import create
from tests.support.examined import Found, examined, read
from tests.support.queuefile import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.house import House

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

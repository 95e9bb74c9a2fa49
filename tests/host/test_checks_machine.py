"""SQLite's versions, the kernel, decoders and room: what is seen, and what doctor makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from jobd.attempt.sandbox import missing_walls
from jobd.host import libraries
from jobd.host.check import State
from jobd.host.kernel import (
    judge_elsewhere,
    judge_inotify,
    judge_landlock,
    judge_openat2,
    judge_seccomp,
    kernel_checks,
)
from jobd.host.libraries import decoders, judge_decoders, judge_packages, packages
from jobd.host.space import Room, file_system, judge_file_system, judge_space, kind_at, space
from jobd.host.sqlite_versions import (
    AppSqlite,
    app_sqlite,
    judge_app,
    judge_own,
    judge_python,
    loses_wal_resets,
    sqlite_checks,
)

MIB, GIB = 2**20, 2**30
MOUNTS = """\
proc /proc proc rw 0 0
/dev/a / ext4 rw 0 0
server:/x /srv/far\\040away nfs4 rw 0 0
/dev/b /srv/app ext4 rw 0 0
overlay /srv/app overlay rw 0 0
"""


@pytest.mark.parametrize(
    ("version", "loses"),
    [
        ("3.6.23", False),
        ("3.7.0", True),
        ("3.40.1", True),
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.45.0", True),
        ("3.50.6", True),
        ("3.50.7", False),
        ("3.51.0", True),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.52.0", False),
        ("3.100.0", False),
    ],
)
def test_the_versions_with_the_wal_reset_bug(version: str, *, loses: bool) -> None:
    assert loses_wal_resets(version) is loses
    assert judge_own(version).state is (State.FAIL if loses else State.OK)
    assert judge_python(version).state is (State.WARN if loses else State.OK)
    app = judge_app(Path("/app"), AppSqlite("12.0.0", version))
    assert app.state is (State.FAIL if loses else State.OK)


def test_this_jobd_is_past_the_bug() -> None:
    own, python = sqlite_checks(app=None)
    assert own.state is State.OK
    assert apsw.sqlite_lib_version() in own.text
    assert python.name == "sqlite_python"


def test_the_sqlite_of_an_app_is_read_from_its_sources(tmp_path: Path) -> None:
    assert app_sqlite(tmp_path) == AppSqlite(None, None)
    package = tmp_path / "node_modules" / "better-sqlite3"
    (package / "deps" / "sqlite3").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "11.10.0"}))
    assert app_sqlite(tmp_path) == AppSqlite("11.10.0", None)
    header = '#define SQLITE_VERSION        "3.49.2"\n#define SQLITE_VERSION_NUMBER 3049002\n'
    (package / "deps" / "sqlite3" / "sqlite3.h").write_text(header)
    assert app_sqlite(tmp_path) == AppSqlite("11.10.0", "3.49.2")
    assert list(sqlite_checks(tmp_path))[-1].state is State.FAIL
    (package / "package.json").write_text("[]")
    assert app_sqlite(tmp_path) == AppSqlite(None, None)


def test_it_is_found_where_node_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace of npm has the packages of all its apps at its top."""
    package = tmp_path / "node_modules" / "better-sqlite3"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "13.2.0"}))
    app = tmp_path / "apps" / "web"
    (app / "node_modules").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for named in (app, Path("apps/web"), Path("apps/web/../web")):
        assert app_sqlite(named) == AppSqlite("13.2.0", None)


@pytest.mark.parametrize("found", [AppSqlite(None, None), AppSqlite("11.10.0", None)])
def test_an_app_that_cannot_be_judged_is_a_warning(found: AppSqlite) -> None:
    assert judge_app(Path("/app"), found).state is State.WARN


@pytest.mark.parametrize(
    ("sandbox", "state"),
    [("auto", State.WARN), ("require", State.FAIL), ("off", State.OK)],
)
def test_a_missing_wall_is_as_bad_as_the_setting_says(sandbox: str, state: State) -> None:
    assert judge_landlock(0, sandbox).state is state
    assert judge_seccomp("libseccomp is missing", sandbox, known=True).state is state
    assert judge_seccomp(None, sandbox, known=False).state is state
    assert judge_elsewhere("darwin", sandbox).state is state
    assert judge_landlock(1, sandbox).state is State.OK
    assert judge_seccomp(None, sandbox, known=True).state is State.OK


@pytest.mark.parametrize(
    ("version", "words"),
    [(1, "network and signals"), (4, "without rules for signals"), (6, "version 6")],
)
def test_what_an_old_landlock_lacks_is_said(version: int, words: str) -> None:
    assert words in judge_landlock(version, "auto").text
    assert ("without" in judge_landlock(version, "auto").text) is (version < 6)


def test_paths_and_waking() -> None:
    assert judge_openat2(there=False).state is State.WARN
    assert judge_openat2(there=True).state is State.OK
    assert judge_inotify("Too many open files").state is State.FAIL
    assert judge_inotify(None).state is State.OK


@pytest.mark.skipif(bool(missing_walls()), reason="; ".join(missing_walls()))
def test_this_machine_offers_all() -> None:
    found = {check.name: str(check.state) for check in kernel_checks("require")}
    assert found == dict.fromkeys(("landlock", "seccomp", "openat2", "inotify"), "ok")


@pytest.mark.parametrize(
    ("free_bytes", "size_bytes", "state"),
    [
        (2 * GIB, 10 * GIB, State.OK),
        (GIB - 1, 2 * GIB, State.WARN),
        (4 * GIB, 100 * GIB, State.WARN),
        (60 * GIB, 10_000 * GIB, State.OK),  # little of much is enough
        (64 * MIB - 1, 100 * MIB, State.FAIL),
        (0, 0, State.FAIL),
    ],
)
def test_the_tightest_file_system_speaks(free_bytes: int, size_bytes: int, state: State) -> None:
    roomy = Room(Path("/roomy"), 100 * GIB, 90 * GIB)
    found = judge_space([roomy, Room(Path("/tight"), size_bytes, free_bytes)])
    assert found.state is state
    assert "/tight" in found.text
    assert "/roomy" not in found.text


def test_a_folder_that_is_not_there_has_no_room_to_judge(tmp_path: Path) -> None:
    assert "no folder" in space([tmp_path / "missing"]).text
    assert str(tmp_path) in space([tmp_path / "missing", tmp_path]).text


@pytest.mark.parametrize(
    ("folder", "kind", "state"),
    [
        ("/home", "ext4", State.OK),
        ("/srv/far away/queue", "nfs4", State.FAIL),
        ("/srv/farther", "ext4", State.OK),
        ("/srv/app", "overlay", State.OK),  # mounted over another
    ],
)
def test_the_file_system_of_a_folder(folder: str, kind: str, state: State) -> None:
    assert kind_at(Path(folder), MOUNTS) == kind
    assert judge_file_system(Path(folder), kind).state is state
    assert judge_file_system(Path(folder), "fuse.sshfs").state is State.WARN


def test_a_plain_disk_is_fine(tmp_path: Path) -> None:
    found = file_system(tmp_path)
    assert found is None or found.state is State.OK


def test_packages_are_named_with_their_versions() -> None:
    found = packages()
    assert found.state is State.OK
    assert f"apsw {apsw.apsw_version()}" in found.text
    missing = judge_packages([("apsw", "3.54"), ("av", None)])
    assert (missing.state, missing.text) == (State.FAIL, "not installed: av")


@pytest.mark.parametrize(
    ("missing", "state"),
    [([], State.OK), (["theora"], State.WARN), (["theora", "h264"], State.FAIL)],
)
def test_decoders_that_are_not_there(missing: list[str], state: State) -> None:
    said = {"errors": {}, "libraries": {"libavcodec": "62.28.102"}, "missing": missing}
    found = judge_decoders(said)
    assert found.state is state
    assert all(name in found.text for name in missing)


def test_the_decoders_of_this_machine_load() -> None:
    assert decoders().state is State.OK


@pytest.mark.parametrize(
    ("module", "code", "words"),
    [
        ("cv2", "raise ImportError('libGL.so.1: no such file')", "cv2: ImportError: libGL"),
        ("av", "import os; os.abort()", "exit code -6"),
        ("numpy", "raise SystemExit('bad CPU')", "exit code 1 bad CPU"),
        ("av", "import time; time.sleep(60)", "not loaded in 1 s"),
    ],
)
def test_a_library_that_breaks_takes_only_its_process_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, code: str, words: str
) -> None:
    (tmp_path / f"{module}.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    if "sleep" in code:
        monkeypatch.setattr(libraries, "_PATIENCE_S", 1.0)
    found = decoders()
    assert found.state is State.FAIL
    assert words in found.text

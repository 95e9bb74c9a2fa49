"""Users, modes and pid namespaces: what is seen, and what doctor makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobd.host.check import State
from jobd.host.look import JobPaths
from jobd.host.modes import Entry, judge_access, judge_modes
from jobd.host.people import (
    Owners,
    Program,
    holding,
    judge_namespace,
    judge_user,
    owners,
    program,
)

APP, OTHER, GROUP = 1000, 1001, 500
FIRST = 0xEFFFFFFC
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="no /proc here")


def folder(mode: int, uid: int = APP, gid: int = GROUP) -> Entry:
    return Entry(Path("/srv/app"), mode, uid, gid)


def file(mode: int, uid: int = APP, gid: int = GROUP, end: str = "") -> Entry:
    return Entry(Path(f"/srv/app/jobs.db{end}"), mode, uid, gid)


@pytest.mark.parametrize(
    ("where", "queue", "state", "words"),
    [
        (folder(0o2770), file(0o660), State.OK, "for two users"),
        (folder(0o0755), file(0o660), State.OK, "for one user"),
        (folder(0o0775), file(0o660), State.OK, "for one user"),  # a user with a group of his own
        (folder(0o0700), file(0o600), State.OK, "for one user"),
        (folder(0o2770), file(0o600), State.FAIL, "chmod 0660 /srv/app/jobs.db*"),
        (folder(0o2770), file(0o640), State.FAIL, "chmod 0660"),
        (folder(0o2750), file(0o660), State.FAIL, "chmod 2770 /srv/app"),
        (folder(0o2770), file(0o660, gid=501), State.FAIL, "chgrp 500"),
        (folder(0o0770), file(0o660, uid=OTHER), State.FAIL, "chmod 2770"),
        (folder(0o0755), file(0o666), State.WARN, "anyone may write jobs"),
        (folder(0o1777), file(0o660, uid=OTHER), State.WARN, "anyone may write into"),
    ],
)
def test_modes_for_one_user_and_for_two(
    where: Entry, queue: Entry, state: State, words: str
) -> None:
    found = judge_modes(where, [queue])
    assert found.state is state
    assert words in f"{found.text} {found.mend}"


@pytest.mark.parametrize(
    ("where", "wal", "state"),
    [
        (folder(0o0755), file(0o660), State.OK),
        (folder(0o0755), file(0o600), State.WARN),
        (folder(0o2770), file(0o660, uid=OTHER), State.OK),  # the second user made it
        (folder(0o2770), file(0o660, uid=OTHER, gid=7), State.WARN),
        (folder(0o2770), file(0o640, uid=OTHER), State.WARN),
    ],
)
def test_a_wal_must_be_like_the_queue(where: Entry, wal: Entry, state: State) -> None:
    assert judge_modes(where, [file(0o660), wal]).state is state


def test_a_user_who_may_not_write_is_told_so() -> None:
    assert judge_access([], APP, served=False).state is State.OK
    onlooker = judge_access([Path("/srv/app/jobs.db")], APP, served=True)
    assert (onlooker.state, "the daemon" in onlooker.text) == (State.OK, True)
    alone = judge_access([Path("/srv/app/jobs.db"), Path("/srv/app")], APP, served=False)
    assert alone.state is State.WARN
    assert "uid 1000) may not write jobs.db, app:" in alone.text


def seen(uid: int = APP, namespace: int | None = FIRST, name: str = "node") -> Program:
    return Program(47, uid, name, namespace)


@pytest.mark.parametrize(
    ("uids", "daemon", "own_uid", "state"),
    [
        ({APP}, None, APP, State.OK),
        ({APP}, seen(APP), OTHER, State.OK),  # whoever runs doctor
        (set(), None, APP, State.OK),
        ({APP}, None, OTHER, State.FAIL),
        ({APP, OTHER}, seen(APP), APP, State.FAIL),
        ({APP}, seen(0), 0, State.FAIL),
        ({APP}, None, 0, State.WARN),  # root looks for somebody else
    ],
)
def test_who_works_must_own_the_databases(
    uids: set[int], daemon: Program | None, own_uid: int, state: State
) -> None:
    found = judge_user(Owners(frozenset(uids), 3), daemon, own_uid)
    assert found.state is state
    assert found.text.endswith("; 3 databases are not there or not to be seen")


@pytest.mark.parametrize(
    ("me", "others", "unseen", "state", "words"),
    [
        (seen(), [], False, State.OK, "the machine's"),
        (seen(), [seen()], False, State.OK, "shared with node (pid 47)"),
        (seen(namespace=5), [], False, State.WARN, "a container's own"),
        (seen(namespace=5), [seen(namespace=5)], False, State.OK, "shared with"),
        (seen(), [seen(namespace=5)], False, State.WARN, "from another namespace"),
        (seen(), [seen(namespace=None)], False, State.OK, "shared with"),
        (seen(), [seen()], True, State.WARN, "the daemon's pid is not seen here"),
        (seen(namespace=None), [], False, State.WARN, "does not show"),
        (None, [], False, State.WARN, "does not show"),
    ],
)
def test_pids_must_mean_the_same_to_both(
    me: Program | None, others: list[Program], *, unseen: bool, state: State, words: str
) -> None:
    found = judge_namespace(me, others, daemon_unseen=unseen, marked=False)
    assert found.state is state
    assert words in found.text


def test_owners_are_looked_up_and_what_is_not_there_counted(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    jobs = [
        JobPaths(1, {"dbPath": str(tmp_path / "a.db")}),
        JobPaths(2, {"dbPath": str(tmp_path / "a.db")}),
        JobPaths(3, {"dbPath": str(tmp_path / "gone.db")}),
        JobPaths(4, {"videoPath": "/x"}),
    ]
    assert owners(jobs) == Owners(frozenset({os.geteuid()}), unseen=1)


@linux_only
def test_a_program_that_has_the_queue_open_is_found(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.touch()
    assert holding(path) == []
    code = "import sys; f = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        found = holding(path)
        assert found == [program(other.pid)]
        me = program(os.getpid())
        assert me is not None
        assert (found[0].uid, found[0].namespace) == (os.geteuid(), me.namespace)
    assert holding(tmp_path / "gone") == []
    assert program(other.pid) is None

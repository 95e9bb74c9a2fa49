"""Who may look, and what the others are told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.queue.create import create
from tests.support.desk import KINDS, Desk
from tests.support.house import jobd
from tests.support.scratch import fresh
from tests.support.stranger import as_nobody, needs_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def copied(desk: Desk) -> Callable[..., Path]:
    """A queue that was not closed, in a folder that everybody may enter."""

    def copy(*names: str, mode: int = 0o644) -> Path:
        desk.add()
        folder = fresh("access")
        folder.parent.chmod(0o755)
        for name in names:
            shutil.copyfile(desk.path.with_name(name), folder / name)
            (folder / name).chmod(mode)
        folder.chmod(0o755)
        return folder / "jobs.db"

    return copy


@needs_root
def test_whoever_may_read_the_files_may_look(copied: Callable[..., Path]) -> None:
    path = copied("jobs.db", "jobs.db-wal", "jobs.db-shm")
    before = sorted(entry.name for entry in path.parent.iterdir())
    looked = as_nobody("inspect", "--db", path)
    assert (looked.returncode, looked.stderr) == (0, "")
    assert "\n1\tqueued\tfull_frames\t" in looked.stdout
    assert sorted(entry.name for entry in path.parent.iterdir()) == before


@needs_root
def test_a_queue_at_rest_needs_no_more_than_its_file() -> None:
    folder = fresh("access")
    folder.parent.chmod(0o755)
    create(folder / "jobs.db", KINDS)
    (folder / "jobs.db").chmod(0o644)
    folder.chmod(0o755)
    assert as_nobody("inspect", "--db", folder / "jobs.db", "--json").returncode == 0
    assert [entry.name for entry in folder.iterdir()] == ["jobs.db"]


def shut(path: Path) -> None:
    path.parent.chmod(0o700)


def secret(path: Path) -> None:
    path.chmod(0o660)


def secret_wal(path: Path) -> None:
    Path(f"{path}-wal").chmod(0o660)


def without_shm(path: Path) -> None:
    Path(f"{path}-shm").unlink()


@needs_root
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (shut, "this user may not enter"),
        (secret, "jobs.db may not be read by this user: be one of its group, or its owner"),
        (secret_wal, "jobs.db-wal may not be read by this user"),
        (without_shm, "can be read only where jobs.db-shm can be made beside it"),
    ],
)
def test_who_may_not_is_told_why(
    copied: Callable[..., Path], spoil: Callable[[Path], None], words: str
) -> None:
    path = copied("jobs.db", "jobs.db-wal", "jobs.db-shm")
    spoil(path)
    refused = as_nobody("inspect", "--db", path)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1


def ran(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{command[0]}: {done.stderr.strip()}")


@pytest.fixture
def read_only(copied: Callable[..., Path]) -> Iterator[Callable[..., Path]]:
    """The same, on a file system that takes no write."""
    mounted: list[Path] = []

    def mount(*names: str) -> Path:
        folder = copied(*names).parent
        ran("mount", "--bind", folder, folder)
        mounted.append(folder)
        ran("mount", "-o", "remount,bind,ro", folder)
        return folder / "jobs.db"

    yield mount
    for folder in mounted:
        ran("umount", folder)


@needs_root
def test_a_read_only_mount_is_no_hindrance(read_only: Callable[..., Path]) -> None:
    path = read_only("jobs.db", "jobs.db-wal", "jobs.db-shm")
    assert "\n1\tqueued\tfull_frames\t" in jobd("inspect", "--db", path).stdout
    assert jobd("inspect", "--db", path, "1").returncode == 0


@needs_root
def test_what_a_read_only_mount_makes_impossible_is_said(read_only: Callable[..., Path]) -> None:
    refused = jobd("inspect", "--db", read_only("jobs.db", "jobs.db-wal"))
    assert refused.returncode == 5
    assert "start the daemon, or copy it and its -wal elsewhere" in refused.stderr


def test_a_dead_daemons_queue_is_shown_with_what_its_wal_holds(desk: Desk) -> None:
    desk.add()
    copy = fresh("dead") / "jobs.db"
    for name in ("jobs.db", "jobs.db-wal"):
        shutil.copyfile(desk.path.with_name(name), copy.with_name(name))
    assert "\n1\tqueued\tfull_frames\t" in jobd("inspect", "--db", copy).stdout


@pytest.mark.parametrize("arguments", [("inspect",), ("inspect", "--check"), ("metrics",)])
def test_a_folder_that_is_not_there_is_no_matter_of_modes(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = jobd(*arguments, "--db", tmp_path / "gone" / "jobs.db")
    assert done.returncode == 5
    assert f"no queue at {tmp_path / 'gone' / 'jobs.db'}: " in done.stdout + done.stderr


@needs_root
def test_the_folder_that_bars_the_way_is_named(copied: Callable[..., Path]) -> None:
    path = copied("jobs.db")
    path.parent.chmod(0o700)
    refused = as_nobody("inspect", "--db", path.parent / "deeper" / "jobs.db")
    assert f"this user may not enter {path.parent}\n" in refused.stderr


@needs_root
@pytest.mark.parametrize("command", [("retry", "1"), ("cancel", "1"), ("pause",), ("resume",)])
def test_who_may_only_look_is_told_so(
    copied: Callable[..., Path], read_only: Callable[..., Path], command: tuple[str, ...]
) -> None:
    mine = copied("jobs.db")
    refused = as_nobody(*command, "--db", mine)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert refused.stderr.startswith(f"jobd: {mine.parent} may not be written by this user, or ")
    path = read_only("jobs.db")
    refused = jobd(*command, "--db", path)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert (
        "or lies on a read-only file system: be its owner or one of its group\n" in refused.stderr
    )
    assert refused.stderr.count("\n") == 1

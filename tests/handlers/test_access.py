from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import PathRefused
from jobd.handlers.access import JobAccess, access_for, access_for_notice
from jobd.handlers.paths import resolved
from jobd.handlers.payloads import FullFrames

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "v1").mkdir(parents=True)
    (tmp_path / "data" / "v1" / "v.mp4").write_bytes(b"video")
    (tmp_path / "data" / "v1" / "a.db").write_bytes(b"")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "data"


@pytest.fixture
def files() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def accessed(root: Path, files: ExitStack, queue: str = "/queue", **keys: Any) -> JobAccess:
    names = {"videoId": "v1", "videoPath": str(root / "v1/v.mp4"), "dbPath": str(root / "v1/a.db")}
    payload = FullFrames.model_validate(names | keys)
    return files.enter_context(access_for(payload, resolved([root]), Path(queue)))


def place_of(fd: int) -> str:
    return str(Path(f"/proc/self/fd/{fd}").readlink())


def test_a_job_is_given_its_video_and_the_folder_of_its_database(
    root: Path, files: ExitStack
) -> None:
    access = accessed(root, files)
    assert (access.db_path, access.video_path) == (root / "v1/a.db", root / "v1/v.mp4")
    assert [place_of(fd) for fd in access.readable] == [str(root / "v1/v.mp4")]
    assert [place_of(fd) for fd in access.writable] == [str(root / "v1")]
    assert Path(access.video_location).read_bytes() == b"video"
    assert access.output_dir is None


def test_an_output_folder_counts_where_files_are_wanted(root: Path, files: ExitStack) -> None:
    (root / "out").mkdir()
    wanted = str(root / "out" / "full")
    assert accessed(root, files, outputDir=wanted).output_dir is None
    access = accessed(root, files, outputDir=wanted, store="both")
    assert access.output_dir == root / "out" / "full"
    assert place_of(access.writable[1]) == str(root / "out")


def test_a_file_swapped_after_it_was_opened_changes_nothing(root: Path, files: ExitStack) -> None:
    access = accessed(root, files)
    access.video_path.unlink()
    access.video_path.symlink_to(root.parent / "secret")
    assert Path(access.video_location).read_bytes() == b"video"


def test_what_is_missing_is_left_to_be_found_missing(root: Path, files: ExitStack) -> None:
    access = accessed(root, files, videoPath=str(root / "v1/none.mp4"))
    assert (access.readable, access.video_location) == ((), str(root / "v1/none.mp4"))
    gone = accessed(root, files, dbPath=str(root / "gone/a.db"))
    assert gone.db_path == root / "gone/a.db"
    assert gone.writable == ()


@pytest.mark.parametrize("key", ["videoPath", "dbPath", "outputDir"])
def test_a_link_on_the_way_is_refused_by_name(root: Path, files: ExitStack, key: str) -> None:
    (root / "v1" / "link").symlink_to(root.parent)
    wanted = str(root / "v1/link/secret")
    with pytest.raises(PathRefused, match=rf"{key} .*v1/link is a link; name the real place"):
        accessed(root, files, **{key: wanted}, store="both", **_out(root, key))


def _out(root: Path, key: str) -> dict[str, str]:
    return {} if key == "outputDir" else {"outputDir": str(root / "out")}


def test_a_video_that_is_a_link_is_refused(root: Path, files: ExitStack) -> None:
    (root / "v1" / "v.mp4").unlink()
    (root / "v1" / "v.mp4").symlink_to(root.parent / "secret")
    with pytest.raises(PathRefused, match=r"v\.mp4 is a link; name the real place"):
        accessed(root, files)


def test_a_fifo_is_opened_without_waiting(root: Path, files: ExitStack) -> None:
    os.mkfifo(root / "v1" / "fifo")
    assert accessed(root, files, videoPath=str(root / "v1/fifo")).readable


@pytest.mark.parametrize("queue", ["v1", "v1/deeper/queue"])
def test_no_job_may_write_where_the_queue_lies(root: Path, files: ExitStack, queue: str) -> None:
    with pytest.raises(PathRefused, match="lies where the queue lies, which no job may write to"):
        accessed(root, files, queue=str(root / queue))
    with (
        pytest.raises(PathRefused, match="where the queue lies"),
        access_for_notice(str(root / "v1/a.db"), resolved([root]), root / queue),
    ):
        pass

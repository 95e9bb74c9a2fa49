from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from jobd.errors import PathRefused
from jobd.handlers.access import access_for
from jobd.handlers.context import Attempt, Options, Tally, Walls
from jobd.handlers.files import clear_leftovers, folder_for, refuse_unsafe
from jobd.handlers.paths import resolved
from jobd.handlers.payloads import FullFrames
from jobd.handlers.sampling import Sampling, opened
from jobd.videodb.fence import Target
from tests.support.appdb import make_video_db
from tests.support.house import SMALL_VIDEO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.frames.wish import Facts

OLD = "frame_0000009999.jpg"
NEW = "frame_0000000000.jpg"


@pytest.fixture
def final(tmp_path: Path) -> Path:
    """An outputDir with one picture of an earlier run."""
    folder = tmp_path / "v1" / "out"
    folder.mkdir(parents=True)
    (folder / OLD).write_bytes(b"old")
    return folder


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("final", "sentence"),
    [
        ("v1/a.db", r"holds .*/v1/a\.db: name a folder of its own"),
        ("v1/v.mp4", r"holds .*/v1/v\.mp4"),
        ("v1", r"holds .*/v1/a\.db"),
        ("", r"holds .*/v1/a\.db"),
        ("v1/a.db-wal", "kept for SQLite"),
        ("v1/a.db/inside", "parent .*a.db does not exist"),
        ("nowhere/out", "parent .*nowhere does not exist"),
        ("v1/notes.txt", "notes.txt is no folder"),
        ("v1/link", "link is no folder"),
        ("v1/dangling", "dangling is no folder"),
        ("v1/mixed", "mixed holds other files: name an empty or new folder"),
        ("v1/near", "near holds other files"),
        ("v1/nested", "nested holds other files"),
        ("queue", "queue holds other files"),
        (f"v1/{'x' * 256}", "File name too long"),
    ],
)
def test_what_may_not_be_replaced_is_refused_and_left_alone(
    tmp_path: Path, final: str, sentence: str
) -> None:
    for name in (
        *("v1/a.db", "v1/v.mp4", "v1/notes.txt", f"v1/mixed/{OLD}", "v1/mixed/letter.txt"),
        *("v1/near/frame_1.jpg", f"v1/nested/{OLD}/x", "queue/jobs.db", f"v1/pictures/{OLD}"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "v1" / "link").symlink_to(tmp_path / "v1" / "pictures")
    (tmp_path / "v1" / "dangling").symlink_to(tmp_path / "v1" / "new")
    before = tree(tmp_path)
    protected = (tmp_path / "v1" / "a.db", tmp_path / "v1" / "v.mp4")
    with (
        pytest.raises(PathRefused, match=sentence),
        folder_for(tmp_path / final, "full_frames", 1, protected=protected),
    ):
        pass
    assert tree(tmp_path) == before


@pytest.mark.parametrize("holds", [None, [], [OLD], [OLD, NEW]])
def test_new_empty_and_own_folders_are_replaced(tmp_path: Path, holds: list[str] | None) -> None:
    final = tmp_path / "out"
    if holds is not None:
        final.mkdir()
    for name in holds or []:
        (final / name).write_bytes(b"old")
    beside = (tmp_path / "a.db", tmp_path / "out.mp4", tmp_path / "outer" / "b.db")
    refuse_unsafe(final, beside)
    ticks: list[int] = []
    with folder_for(final, "full_frames", 1, protected=beside) as folder:
        assert folder is not None
        folder.write(0, b"new")
        folder.seal()
        folder.swap_in()
        folder.clear_old(lambda: ticks.append(1))
    assert tree(tmp_path) == ["out", f"out/{NEW}"]
    assert (final / NEW).read_bytes() == b"new"
    assert len(ticks) == len(holds or [])


def test_the_old_files_wait_aside_and_can_come_back(final: Path) -> None:
    with folder_for(final, "full_frames", 1) as folder:
        assert folder is not None
        folder.write(0, b"new")
        folder.swap_in()
        assert (tree(final), tree(folder.aside)) == ([NEW], [OLD])
        folder.swap_back()
        assert tree(final) == [OLD]
    assert tree(final.parent) == ["out", f"out/{OLD}"]


def test_a_swap_that_never_began_has_nothing_to_undo(final: Path) -> None:
    with folder_for(final, "full_frames", 1) as folder:
        assert folder is not None
        folder.swap_back()
    assert tree(final.parent) == ["out", f"out/{OLD}"]


def test_half_a_swap_is_undone(final: Path) -> None:
    with folder_for(final, "full_frames", 1) as folder:
        assert folder is not None
        shutil.rmtree(folder.temporary)
        with pytest.raises(FileNotFoundError):
            folder.swap_in()
        assert not final.exists()
        folder.swap_back()
    assert tree(final.parent) == ["out", f"out/{OLD}"]


def test_the_last_look_is_right_before_the_swap(final: Path) -> None:
    with folder_for(final, "full_frames", 1) as folder:
        assert folder is not None
        (final / "letter.txt").write_text("dear")
        with pytest.raises(PathRefused, match="other files"):
            folder.swap_in()
    assert tree(final) == [OLD, "letter.txt"]


def test_what_somebody_adds_to_the_old_folder_is_not_removed(final: Path) -> None:
    with folder_for(final, "full_frames", 1) as folder:
        assert folder is not None
        folder.swap_in()
        (folder.aside / "letter.txt").write_text("dear")
        folder.clear_old(lambda: None)
        assert tree(folder.aside) == ["letter.txt"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["out/" + NEW, ".out.jobd-full_frames-1/" + NEW], ["out/" + NEW]),
        (["out/" + NEW, ".out.jobd-full_frames-1-old/" + OLD], ["out/" + NEW]),
        ([".out.jobd-full_frames-1/" + NEW, ".out.jobd-full_frames-1-old/" + OLD], ["out/" + OLD]),
        *(
            ([name], [name])
            for name in (
                ".out.jobd-cropped_frames-1/" + NEW,
                ".out.jobd-cropped_frames-1-old/" + OLD,
                ".outer.jobd-full_frames-1/" + NEW,
                ".out.jobd-full_frames-mine/" + NEW,
                ".outXjobd-full_frames-1/" + NEW,
            )
        ),
    ],
)
def test_an_attempt_clears_what_its_own_target_left(
    tmp_path: Path, before: list[str], after: list[str]
) -> None:
    for name in before:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x")
    with folder_for(tmp_path / "out", "full_frames", 2):
        pass
    assert [name for name in tree(tmp_path) if name.endswith(".jpg")] == after


def test_two_kinds_may_work_at_one_folder(final: Path) -> None:
    with (
        folder_for(final, "full_frames", 1) as full,
        folder_for(final, "cropped_frames", 2) as crop,
    ):
        assert full is not None
        assert crop is not None
        full.write(0, b"full")
        crop.write(0, b"crop")
        full.swap_in()
        crop.swap_in()
        full.clear_old(lambda: None)
        crop.clear_old(lambda: None)
    assert tree(final.parent) == ["out", f"out/{NEW}"]
    assert (final / NEW).read_bytes() == b"crop"


def test_leftovers_in_a_folder_that_is_gone_are_none(tmp_path: Path) -> None:
    clear_leftovers(tmp_path / "nowhere" / "out", "full_frames", lambda: None)
    assert tree(tmp_path) == []


# Publishing: files and rows stand or fall together.


@contextmanager
def a_sampling(
    final: Path, store: str, report: Callable[[float], None] = lambda _: None
) -> Iterator[Sampling]:
    """One attempt, as the handler makes it, at a real video with a real database."""
    folder = final.parent
    keys: dict[str, Any] = {
        "videoId": "v1",
        "videoPath": str(shutil.copy(SMALL_VIDEO, folder)),
        "dbPath": str(folder / "annotations.db"),
        "outputDir": str(final),
        "store": store,
    }
    if not (folder / "annotations.db").exists():
        make_video_db(folder / "annotations.db")
    roots = resolved([folder.parent])
    walls = Walls("off", 2**32, 2**32)
    options = Options(roots, "processing_complete", 10**8, 1000, 1, Path("/queue"), walls)
    payload = FullFrames.model_validate(keys)
    with access_for(payload, roots, options.queue_folder) as access:
        attempt = Attempt("queue", 1, 1, 1, 1, 1, options, access, Tally(), report)
        with opened(attempt) as video:
            yield Sampling(payload, attempt, video, Target.FULL_FRAMES)


def break_the_commit(sampling: Sampling) -> Callable[[Facts], None]:
    """A finish after which SQLite refuses the COMMIT itself, with no way to see it before."""
    db = sampling.video.db
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    db.execute(
        "CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
    )

    def finish(_: Facts) -> None:
        db.execute("INSERT INTO child VALUES (1)")

    return finish


@pytest.mark.parametrize("store", ["files", "both"])
def test_a_commit_that_fails_brings_the_old_files_back(final: Path, store: str) -> None:
    with a_sampling(final, store) as sampling:
        assert not sampling.published_before()
        with pytest.raises(apsw.ConstraintError, match="FOREIGN KEY"):
            sampling.run(break_the_commit(sampling))
        assert sampling.video.db.execute("SELECT count(*) FROM full_frames").get == 0
        assert not sampling.published_before()
    assert tree(final) == [OLD]
    assert [name for name in tree(final.parent) if name.startswith(".")] == []


def test_the_old_files_are_there_until_the_commit(final: Path) -> None:
    seen: list[list[str]] = []
    with a_sampling(final, "both") as sampling:
        sampling.published_before()
        sampling.run(lambda _: seen.append(tree(final)))
    assert seen == [[OLD]]
    assert tree(final) == [NEW]
    assert [name for name in tree(final.parent) if name.startswith(".")] == []


def test_an_error_after_the_commit_leaves_the_new_files(final: Path) -> None:
    def report(_: float) -> None:
        if (final / NEW).exists():
            raise InterruptedError

    with a_sampling(final, "both", report) as sampling:
        sampling.published_before()
        with pytest.raises(InterruptedError):
            sampling.run(lambda _: None)
    aside = final.parent / ".out.jobd-full_frames-1-old"
    assert (tree(final), tree(aside)) == ([NEW], [OLD])
    with a_sampling(final, "both") as sampling:
        assert sampling.published_before()
        assert sampling.earlier_result() == {"publishedBefore": True}
    assert tree(final) == [NEW]
    assert not aside.exists()

"""What is read of a video: old databases, missing tables, processes of any kind."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobd.adopt.decide import Bounds, Step
from jobd.adopt.look import databases, look_at
from jobd.errors import NotReadable
from tests.support.appdb import add_layout_config, add_ocr_box, make_video_db, run_sql

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = "(frame_index, image_data, width, height, file_size"


@pytest.mark.parametrize("old", [False, True])
def test_an_upload_that_waits(tmp_path: Path, *, old: bool) -> None:
    database = make_video_db(tmp_path / "v" / "annotations.db", old=old)
    (tmp_path / "v" / "one.mp4").touch()
    video = look_at(database)
    assert video.video_id == "0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c"
    assert video.file == tmp_path / "v" / "one.mp4"
    assert video.state.full == Step(word="upload_complete", error="\n")
    assert video.state.crop == Step(error="\n")
    assert (video.state.bounds, video.state.layout_approved, video.state.deleted) == (
        None,
        False,
        False,
    )


def test_everything_that_decides(tmp_path: Path) -> None:
    database = make_video_db(tmp_path / "annotations.db", old=False, journal="wal")
    add_layout_config(database, (1, 2, 3, 4))
    run_sql(database, "INSERT INTO video_preferences (id, layout_approved) VALUES (1, 1)")
    run_sql(
        database,
        "UPDATE processing_status SET status = 'error', error_message = 'm', error_details = 'd',"
        f" current_job_id = '{os.getpid()}', deleted = 1",
    )
    run_sql(database, f"INSERT INTO full_frames {PICTURE}) VALUES (0, 'x', 1, 1, 1)")
    run_sql(
        database,
        f"INSERT INTO cropped_frames {PICTURE}, crop_left, crop_top, crop_right, crop_bottom)"
        " VALUES (0, 'x', 1, 1, 1, 0, 0, 1, 1)",
    )
    state = look_at(database).state
    assert state.full == Step(
        word="error", process=str(os.getpid()), process_lives=True, error="m\nd", has_output=True
    )
    assert state.crop.has_output
    assert state.bounds == Bounds(1, 2, 3, 4)
    assert state.layout_approved
    assert state.deleted


def test_boxes_count_as_output(tmp_path: Path) -> None:
    database = make_video_db(tmp_path / "annotations.db")
    assert not look_at(database).state.full.has_output
    add_ocr_box(database)
    assert look_at(database).state.full.has_output


def test_a_process_that_is_gone_and_words_that_are_none(tmp_path: Path) -> None:
    database = make_video_db(tmp_path / "annotations.db")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for text in (str(gone.pid), "flow-12", "-1", "0", "²", "99999999999", ""):
        run_sql(database, "UPDATE processing_status SET current_job_id = ?", (text,))
        step = look_at(database).state.full
        assert (step.process, step.process_lives) == (text, False)


def test_another_users_process_lives_as_well() -> None:
    look = (
        "import os; from jobd.adopt.look import lives;"
        "os.getuid() or os.setuid(65534); print(lives('1'))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr


def test_the_video_file(tmp_path: Path) -> None:
    database = make_video_db(tmp_path / "annotations.db")
    assert look_at(database).file is None
    (tmp_path / "b.MOV").touch()
    (tmp_path / "a.mp4.part").touch()
    (tmp_path / "a.mkv").mkdir()
    assert look_at(database).file == tmp_path / "b.MOV"
    (tmp_path / "one.mp4").touch()
    assert look_at(database).file == tmp_path / "one.mp4", "the one that the upload names"
    (tmp_path.parent / "other.mp4").touch()
    for name in ("../other.mp4", "..", "", "/etc/hostname", "a\0b"):
        run_sql(database, "UPDATE video_metadata SET original_filename = ?", (name,))
        assert look_at(database).file == tmp_path / "b.MOV", "nothing outside its folder"


def test_what_is_no_video(tmp_path: Path) -> None:
    text = tmp_path / "annotations.db"
    text.write_text("not a database, but longer than its header" * 10)
    with pytest.raises(NotReadable, match="file is not a database"):
        look_at(text)
    other = tmp_path / "other.db"
    other.touch()
    run_sql(other, "CREATE TABLE t (x)")
    with pytest.raises(NotReadable, match=r"other\.db: is no database of a video"):
        look_at(other)


def test_what_is_no_file(tmp_path: Path) -> None:
    real = make_video_db(tmp_path / "real" / "annotations.db")
    (tmp_path / "link.db").symlink_to(real)
    os.mkfifo(tmp_path / "fifo.db")
    (tmp_path / "folder.db").mkdir()
    for name in ("link.db", "fifo.db", "folder.db", "gone.db"):
        with pytest.raises(NotReadable, match="is no regular file"):
            look_at(tmp_path / name)


def test_text_that_is_none(tmp_path: Path) -> None:
    database = make_video_db(tmp_path / "annotations.db")
    run_sql(database, "UPDATE processing_status SET error_message = CAST(x'ff' AS TEXT)")
    with pytest.raises(NotReadable, match="utf-8"):
        look_at(database)


def test_where_videos_lie(tmp_path: Path) -> None:
    for folder in ("b/2", "a/1", "a/1/annotations.db.d", "c/empty"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("b/2", "a/1"):
        (tmp_path / folder / "annotations.db").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    told: list[NotReadable] = []
    found = list(databases(tmp_path, told.append))
    assert found == [tmp_path / "a/1/annotations.db", tmp_path / "b/2/annotations.db"]
    assert list(databases(tmp_path / "a/1", told.append)) == found[:1]
    assert told == []
    assert list(databases(tmp_path / "gone", told.append)) == []
    assert str(told[0]) == f"{tmp_path / 'gone'}: No such file or directory"

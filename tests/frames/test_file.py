from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from jobd.errors import VideoIncomplete, VideoRefused
from jobd.frames.file import path_of, regular_file
from tests.support.video import every, run, write_video


def refusal(path: Path | str) -> str:
    with pytest.raises(VideoRefused) as caught:
        run(path, 1)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.timeout(10)
def test_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.mp4"
    os.mkfifo(fifo)
    assert refusal(fifo) == "the video is no regular file"


def test_a_folder_a_device_and_a_socket_are_refused(tmp_path: Path) -> None:
    address = str(tmp_path / "socket.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        assert "cannot be opened" in refusal(address)
    assert refusal(tmp_path) == "the video is no regular file"
    assert refusal("/dev/zero") == "the video is no regular file"


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.mp4") == (
        "the video cannot be opened: No such file or directory"
    )
    assert "cannot be used" in refusal("good.mp4\0x")
    assert "cannot be used" in refusal("\ud800.mp4")
    assert "cannot be opened" in refusal("x" * 5000)


def test_an_empty_file_may_yet_be_written(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(VideoIncomplete, match="empty"):
        run(empty, 1)


def test_the_file_that_was_opened_is_the_one_that_is_read(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", every(40, 10))
    with regular_file(str(path)) as fd:
        (tmp_path / "other").write_bytes(b"another file")
        (tmp_path / "other").replace(path)
        with open(path_of(fd), "rb") as again:  # noqa: PTH123 - a descriptor's path
            assert again.read(4) == b"\x1aE\xdf\xa3"


def open_descriptors() -> set[Path]:
    return set(Path("/dev/fd").iterdir())


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", every(40, 10))
    before = open_descriptors()
    run(path, 1)
    with pytest.raises(VideoRefused):
        run(tmp_path, 1)
    assert open_descriptors() == before

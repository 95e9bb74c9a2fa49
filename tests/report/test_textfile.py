"""The page for node_exporter: whole, readable by others, and nothing left beside it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jobd.errors import UsageError
from jobd.report.textfile import write_textfile

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_put_there_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "jobd.prom"
    path.write_text("old\n")
    old = path.open()
    before = os.umask(0o077)
    try:
        write_textfile(path, "x 1\n")
    finally:
        os.umask(before)
    assert path.read_text() == "x 1\n"
    assert old.read() == "old\n"  # who reads the old one reads it to its end
    old.close()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["jobd.prom"]


@pytest.mark.parametrize("name", ["nowhere/x.prom", "folder"])
def test_where_it_cannot_be_written_one_line_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*: "):
        write_textfile(tmp_path / name, "x 1\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_what_cannot_be_written_whole_leaves_the_old_page(tmp_path: Path) -> None:
    path = tmp_path / "jobd.prom"
    path.write_text("old\n")
    with pytest.raises(UnicodeEncodeError):
        write_textfile(path, "\ud800")
    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["jobd.prom"]

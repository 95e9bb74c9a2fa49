from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import PathRefused
from jobd.handlers.paths import below_root, resolved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_a_path_below_a_root_is_allowed(root: Path) -> None:
    real, relative = below_root(str(root / "v1" / "v.mp4"), resolved([root]), "videoPath")
    assert (real, str(relative)) == (root, "v1/v.mp4")


def test_a_root_may_itself_be_a_link(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    for spelled in (link, root):
        real, relative = below_root(str(spelled / "v.mp4"), resolved([link]), "videoPath")
        assert (real, str(relative)) == (root, "v.mp4")


def test_outside_every_root_names_the_roots(root: Path, tmp_path: Path) -> None:
    with pytest.raises(PathRefused, match=r"videoPath .*secret lies outside the roots \(.*data\)"):
        below_root(str(tmp_path / "secret"), resolved([root]), "videoPath")
    with pytest.raises(PathRefused, match="outside"):
        below_root(str(root), resolved([root]), "outputDir")

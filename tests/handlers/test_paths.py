from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import PathRefused
from jobd.handlers.paths import resolved, within_roots

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "v1").mkdir(parents=True)
    (tmp_path / "data" / "v1" / "v.mp4").write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"s")
    return tmp_path / "data"


def test_a_path_below_a_root_is_allowed(root: Path) -> None:
    path = root / "v1" / "v.mp4"
    assert within_roots(str(path), resolved([root]), "videoPath") == path
    assert (
        within_roots(str(root / "new" / "x"), resolved([root]), "outputDir") == root / "new" / "x"
    )


def test_a_root_may_itself_be_a_link(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    real = root / "v1" / "v.mp4"
    assert within_roots(str(link / "v1" / "v.mp4"), resolved([link]), "videoPath") == real
    assert within_roots(str(real), resolved([link]), "videoPath") == real


def test_outside_every_root_names_the_roots(root: Path, tmp_path: Path) -> None:
    with pytest.raises(PathRefused, match=r"videoPath .*secret lies outside the roots \(.*data\)"):
        within_roots(str(tmp_path / "secret"), resolved([root]), "videoPath")
    with pytest.raises(PathRefused, match="outside"):
        within_roots(str(root), resolved([root]), "outputDir")


@pytest.mark.parametrize("of", ["file", "folder"])
def test_a_link_below_a_root_is_refused_by_name(root: Path, tmp_path: Path, of: str) -> None:
    link = root / "v1" / "link"
    link.symlink_to(tmp_path / "secret" if of == "file" else tmp_path)
    wanted = link if of == "file" else link / "secret"
    with pytest.raises(PathRefused, match=r"link is a link; name the real place"):
        within_roots(str(wanted), resolved([root]), "videoPath")

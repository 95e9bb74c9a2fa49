from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.support.appdb import make_video_db

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["delete", "wal"])
def journal(request: pytest.FixtureRequest) -> Literal["delete", "wal"]:
    mode: Literal["delete", "wal"] = request.param
    return mode


@pytest.fixture
def path(tmp_path: Path, journal: Literal["delete", "wal"]) -> Path:
    """A fresh database of the app, in each journal mode."""
    return make_video_db(tmp_path / "video" / "annotations.db", journal)

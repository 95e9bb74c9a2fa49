from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.queue.file import Queue, create, open_queue
from tests.support.queuefile import KINDS, HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def queue(tmp_path: Path, clock: HandClock) -> Iterator[Queue]:
    path = tmp_path / "jobs.db"
    create(path, KINDS)
    with closing(open_queue(path, clock)) as queue:
        yield queue

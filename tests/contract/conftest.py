from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.queue.file import Queue, create, open_queue
from tests.support.queuefile import KINDS, HandClock, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def other_program() -> Iterator[Writer]:
    with closing(Writer()) as writer:
        yield writer


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """The daemon's side of the file."""
    path = tmp_path / "jobs.db"
    create(path, KINDS)
    with closing(open_queue(path, HandClock())) as queue:
        yield queue


@pytest.fixture(params=["on", "off"])
def writer(request: pytest.FixtureRequest, queue: Queue, other_program: Writer) -> Writer:
    """The other program's side of it, with recursive_triggers on and off."""
    return other_program.open(queue.path, f"recursive_triggers = {request.param}")

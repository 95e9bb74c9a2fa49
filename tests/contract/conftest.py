from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.queuefile import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.queue.file import Queue


@pytest.fixture(scope="session")
def other_program() -> Iterator[Writer]:
    with closing(Writer()) as writer:
        yield writer


@pytest.fixture(params=["on", "off"])
def writer(request: pytest.FixtureRequest, queue: Queue, other_program: Writer) -> Writer:
    """The other program's side of it, with recursive_triggers on and off."""
    return other_program.open(queue.path, f"recursive_triggers = {request.param}")

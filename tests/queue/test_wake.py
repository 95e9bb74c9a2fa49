from __future__ import annotations

import selectors
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.queue.lease import has_work
from jobd.queue.wake import InotifyWaker, WatchfilesWaker, waker
from tests.support.queuefile import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.queue.file import Queue
    from jobd.queue.wake import Waker

PATIENCE_S = 10.0
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="inotify")


@pytest.fixture(params=[pytest.param(InotifyWaker, marks=ON_LINUX), WatchfilesWaker])
def watching(queue: Queue, request: pytest.FixtureRequest) -> Iterator[Waker]:
    if request.param is WatchfilesWaker:
        pytest.importorskip("watchfiles")
    with closing(request.param(Path(f"{queue.path}-wal"))) as watching:
        if request.param is WatchfilesWaker:
            time.sleep(0.5)  # its thread has no word for "ready"
        yield watching


def readable(watching: Waker, timeout_s: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(watching, selectors.EVENT_READ)
        return bool(selector.select(timeout_s))


def test_an_insert_of_another_process_wakes(queue: Queue, watching: Waker) -> None:
    assert not readable(watching, 0.2), "nothing has been written yet"
    with closing(Writer()) as writer:
        writer.open(queue.path).insert()
        assert readable(watching, PATIENCE_S)
        assert has_work(queue)


def test_drained_it_sleeps_until_the_next_insert(queue: Queue, watching: Waker) -> None:
    with closing(Writer()) as writer:
        writer.open(queue.path)
        for video in ("a", "b", "c"):
            writer.insert(video=video)
            assert readable(watching, PATIENCE_S)
            deadline_s = time.monotonic() + PATIENCE_S
            while readable(watching, 0.2):
                assert time.monotonic() < deadline_s
                watching.drain()


def test_draining_an_empty_one_does_not_wait(watching: Waker) -> None:
    watching.drain()
    watching.drain()


def test_looking_at_the_queue_wakes_nobody(queue: Queue, watching: Waker) -> None:
    watching.drain()
    for _ in range(10):
        has_work(queue)
    assert not readable(watching, 0.3)


def test_it_is_opened_by_the_path_of_the_queue(queue: Queue) -> None:
    link = queue.path.with_name("link.db")
    link.symlink_to(queue.path)
    with waker(link) as watching, closing(Writer()) as writer:
        writer.open(queue.path).insert()
        assert readable(watching, PATIENCE_S)


@ON_LINUX
def test_what_cannot_be_watched_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.db-wal"), waker(tmp_path / "nothing.db"):
        pass

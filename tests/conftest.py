from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.queue.create import create
from jobd.queue.file import Queue, open_queue
from tests.support import desk as desk_
from tests.support.desk import Desk
from tests.support.house import House
from tests.support.node import NOT_RUN
from tests.support.queuefile import KINDS, HandClock
from tests.support.tally import PROPERTY, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# An engine is installed here: it would read every video of every test. Those that are about it
# ask for it by a flag.
os.environ["JOBD_OCR_ENGINE"] = "none"
# A shell lets what it runs in the background ignore Ctrl-C, and every program begun here too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Their files have few tests that take long: begun last, they would be waited for.
LONGEST = ("tests/faults/", "tests/typescript/", "tests/hostile/", "tests/test_demo.py")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A folder with room for a queue, videos and a daemon; every daemon is ended."""
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """What the faults came to, for the lines at the end of the run."""
    return Tally(request.node.user_properties)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    _name_what_did_not_run(terminalreporter)
    reports = [report for some in terminalreporter.stats.values() for report in some]
    noted = [found for report in reports for found in getattr(report, "user_properties", ())]
    lines = {str(line) for name, line in noted if name == PROPERTY}
    if lines:
        terminalreporter.section("faults")
    for line in sorted(lines):
        terminalreporter.line(line)


def _name_what_did_not_run(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())]
    for reason in sorted({reason for reason in reasons if NOT_RUN in reason}):
        terminalreporter.section(reason.removeprefix("Skipped: "), red=True)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def queue(tmp_path: Path, clock: HandClock) -> Iterator[Queue]:
    """A queue file and jobd's side of it."""
    path = tmp_path / "jobs.db"
    create(path, KINDS)
    with closing(open_queue(path, clock)) as queue:
        yield queue


@pytest.fixture
def desk(tmp_path: Path, clock: HandClock) -> Iterator[Desk]:
    """A queue that the test drives itself."""
    create(tmp_path / "jobs.db", desk_.KINDS)
    with closing(open_queue(tmp_path / "jobs.db", clock)) as queue:
        yield Desk(queue, clock)

"""One run with one fault, then a plain restart, then every invariant."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.house import PATIENCE_S, House, run_sql
from tests.support.shim import Action, Shim
from tests.support.tinyjobs import clean, tiny_house

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Literal

# A daemon may end so: by our signal, by itself, because its queue could not be used, or because
# it could make no room for children.
ENDINGS = {-9, 0, 5, 7}
_AT_ONCE = (
    "UPDATE jobs SET run_at = 0 WHERE status = 'queued'"
    " AND run_at > 10000 + CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks, and in which journal mode of the video's database.

    Attributes:
        call: The number of the call that breaks, counted over all processes.
        which: Counted among the calls of this name; empty: among all.
    """

    call: int
    action: Action
    error: int = 0
    journal: Literal["delete", "wal"] = "delete"
    which: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one fault.

    Attributes:
        hit: Whether the call came.
        wrong: Violations.
        recovery_s: From the restart until all work was done.
    """

    fault: Fault
    hit: bool
    wrong: list[str]
    recovery_s: float


def calls_of(folder: Path, journal: Literal["delete", "wal"]) -> list[str]:
    """The names of all calls of a run without faults, in order."""
    tiny = tiny_house(folder)
    tiny.add_both(tiny.video(journal=journal))
    with Shim(folder) as shim:
        tiny.house.environ = shim.environ
        tiny.house.work_off("--concurrency", "1")
        return shim.names


def try_out(folder: Path, fault: Fault) -> Trial:
    """Run two jobs with one fault, then a daemon without faults."""
    tiny = tiny_house(folder)
    house = tiny.house
    try:
        tiny.add_both(tiny.video(journal=fault.journal))
        with Shim(folder) as shim:
            house.environ = shim.environ
            shim.break_at(fault.call, fault.action, fault.error, which=fault.which)
            code = to_its_end(house)
            hit = shim.hits > 0
        house.environ = {}
        again_s = time.monotonic()
        wrong = [f"exit code {code}"] if code not in ENDINGS else []
        if to_its_end(house) != 0:
            wrong.append("the restart failed")
        recovery_s = time.monotonic() - again_s
        wrong += tiny.violations()
        return Trial(fault, hit, [*wrong, house.log()] if wrong else [], recovery_s)
    finally:
        house.close()


def to_its_end(house: House) -> int:
    """Run a daemon until all is done; what waits for a full disk is told not to."""
    daemon = house.start("--exit-when-idle", "--concurrency", "1")
    end_s = time.monotonic() + PATIENCE_S
    while daemon.poll() is None:
        assert time.monotonic() < end_s, house.log()
        time.sleep(0.05)
        # Not without need: while another program has the file open, the daemon's close writes less.
        if " queued: " in house.log():
            run_sql(house.db, _AT_ONCE)
    return daemon.returncode


def try_all(folder: Path, faults: Iterable[Fault]) -> list[Trial]:
    """Two at a time: a daemon mostly waits for the disk."""
    clean()
    numbered = list(enumerate(faults))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: try_out(folder / str(each[0]), each[1]), numbered))

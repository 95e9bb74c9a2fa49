"""pause and resume on a real queue file, and as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import UsageError
from jobd.queue.kinds import register
from jobd.queue.lease import has_work
from jobd.queue.lock import DaemonLock
from jobd.steer.pause import KindState, chosen_kinds, pause, sentence
from tests.support.desk import KINDS

if TYPE_CHECKING:
    from tests.support.desk import Desk
    from tests.support.steering import Person


def run(person: Person, *kinds: str, paused: bool) -> list[str]:
    assert pause(person.path, kinds, person.clock, person.terminal(), paused=paused) == 0
    return person.said()


def paused(desk: Desk) -> dict[str, int]:
    return dict(desk.sql("SELECT kind, paused FROM job_kinds ORDER BY kind"))


@pytest.mark.parametrize(
    ("state", "to", "alive", "words"),
    [
        ((0, 0, 0), 1, 1, "k: paused; 0 wait until `python -m jobd resume k`"),
        (
            (0, 3, 1),
            1,
            1,
            "k: paused; 1 job that runs goes on; 3 wait until `python -m jobd resume k`",
        ),
        (
            (0, 1, 2),
            1,
            1,
            "k: paused; 2 jobs that run go on; 1 waits until `python -m jobd resume k`",
        ),
        ((0, 1, 2), 1, 0, "k: paused; 1 waits until `python -m jobd resume k`"),
        ((1, 0, 0), 1, 1, "k: was paused already; 0 wait until `python -m jobd resume k`"),
        ((1, 2, 0), 0, 1, "k: resumed; 2 wait and may start now"),
        ((1, 1, 0), 0, 0, "k: resumed; 1 waits until a daemon starts"),
        ((1, 0, 0), 0, 0, "k: resumed"),
        ((0, 0, 0), 0, 1, "k: was not paused"),
    ],
)
def test_what_was_and_is(state: tuple[int, int, int], to: int, alive: int, words: str) -> None:
    was, waiting, running = state
    kind = KindState("k", bool(was), waiting, running)
    assert sentence(kind, paused=bool(to), alive=bool(alive)) == words


def test_none_named_means_all() -> None:
    known = [KindState("a", paused=False, waiting=0, running=0)]
    assert chosen_kinds(known, []) == chosen_kinds(known, ["a"]) == known


def test_a_paused_kind_is_not_leased_and_others_are(desk: Desk, person: Person) -> None:
    desk.add("full_frames")
    said = run(person, "full_frames", paused=True)
    assert said == ["full_frames: paused; 1 waits until `python -m jobd resume full_frames`"]
    assert not has_work(desk.queue)
    crop = desk.add("crop_frames")
    assert desk.lease().job_id == crop
    assert not has_work(desk.queue)
    run(person, "full_frames", paused=False)
    assert has_work(desk.queue)


def test_what_runs_goes_on_and_it_says_so(desk: Desk, person: Person) -> None:
    desk.add()
    lease = desk.lease()
    with DaemonLock(desk.path):
        said = run(person, paused=True)
    assert said[1].startswith("full_frames: paused; 1 job that runs goes on;")
    desk.progress(lease, 0.5)  # the lease still holds


def test_it_holds_when_a_daemon_registers_its_kinds_anew(desk: Desk, person: Person) -> None:
    run(person, paused=True)
    register(desk.queue, KINDS, 4)
    assert paused(desk) == {"crop_frames": 1, "full_frames": 1}
    run(person, paused=False)
    assert paused(desk) == {"crop_frames": 0, "full_frames": 0}


def test_an_unknown_kind_is_refused_and_nothing_is_changed(desk: Desk, person: Person) -> None:
    with pytest.raises(UsageError, match="no kind 'fly' here; known: crop_frames, full_frames"):
        run(person, "full_frames", "fly", paused=True)
    assert paused(desk) == {"crop_frames": 0, "full_frames": 0}

"""Numbers and spans as people mistype them: one sentence each, and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.house import jobd

if TYPE_CHECKING:
    from tests.support.desk import Desk

HUGE = "9" * 40


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "-n", HUGE),
        ("inspect", "--json", "-n", HUGE),
        ("inspect", "--video", "0f8c2a5", "-n", HUGE),
        ("inspect", "logs", "1", "-n", HUGE),
        ("inspect", "--since", "99999w"),
        ("prune", "--completed-before", "99999w"),
        ("inspect", "--check", "--max-failed", HUGE, "--since", "99999w"),
    ],
)
def test_a_huge_number_is_as_good_as_all(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.add()
    done = jobd(*arguments, "--db", desk.path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("span", [f"{HUGE}w", "9" * 400 + "w"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "--since"),
        ("inspect", "stats", "--since"),
        ("inspect", "--check", "--max-age"),
        ("prune", "--failed-before"),
        ("retry", "--since"),
    ],
)
def test_a_span_that_cannot_be_is_refused(
    desk: Desk, arguments: tuple[str, ...], span: str
) -> None:
    done = jobd(*arguments, span, "--db", desk.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"jobd: '{span}' is too long a span of time: 100000w at most\n"


@pytest.mark.parametrize("number", ["1_0", "٣", "word", "1.5", "", " 1", "9" * 5000])
@pytest.mark.parametrize(
    "command", ["inspect", "inspect logs", "inspect watch", "inspect frames", "retry", "prune"]
)
def test_what_is_no_id_is_no_job(desk: Desk, command: str, number: str) -> None:
    done = jobd(*command.split(), number, "--db", desk.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"argument ID: '{number}' is no whole number" in done.stderr


@pytest.mark.parametrize("count", ["0", "3"])
def test_a_check_takes_no_count(desk: Desk, count: str) -> None:
    done = jobd("inspect", "--check", "-n", count, "--db", desk.path)
    assert done.returncode == 2
    assert done.stderr == "jobd: --check looks at the whole queue: leave -n out\n"


def test_one_job_is_one(desk: Desk) -> None:
    desk.add()
    desk.add()
    done = jobd("inspect", "-n", "1", "--db", desk.path)
    assert done.stderr == "jobd: more than this job: -n 0 prints all\n"

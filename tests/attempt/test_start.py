"""A child that says anything at all neither blocks the daemon's loop nor breaks it."""

from __future__ import annotations

import os
import signal
import struct
import time
from multiprocessing import get_context
from select import select
from typing import TYPE_CHECKING

import pytest

from jobd.attempt.allowance import MAX_LINES
from jobd.attempt.messages import End, Ended, Line, Message, Progress, encode
from jobd.attempt.start import Child, describe_exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    Say = Callable[..., None]
    Start = Callable[..., Child]

_LONG_S = 60.0


def write_and_linger(pipe: Connection, data: bytes) -> None:
    os.write(pipe.fileno(), data)
    time.sleep(_LONG_S)


def send_and_linger(pipe: Connection, *messages: Message) -> None:
    for message in messages:
        pipe.send_bytes(encode(message))
    time.sleep(_LONG_S)


def send_for_ever(pipe: Connection) -> None:
    while True:
        pipe.send_bytes(encode(Progress(0.5)))


def log_for_ever(pipe: Connection, text: str) -> None:
    while True:
        pipe.send_bytes(encode(Line("info", 1, text)))


def send_and_exit(pipe: Connection, message: Ended, code: int) -> None:
    pipe.send_bytes(encode(message))
    os._exit(code)


def die_by(_pipe: Connection, signal_number: int) -> None:
    os.kill(os.getpid(), signal_number)


def close_and_linger(pipe: Connection) -> None:
    pipe.close()
    time.sleep(_LONG_S)


def kill_the_forkserver(_pipe: Connection) -> None:
    os.kill(os.getppid(), signal.SIGKILL)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a real child the way the nursery does, with words of the test's own."""
    context = get_context("forkserver")
    processes = []

    def start(say: Say, *args: object, notice: bool = False) -> Child:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=say, args=(theirs, *args), daemon=True)
        process.start()
        theirs.close()
        os.set_blocking(ours.fileno(), False)
        processes.append(child := Child(process, ours, notice=notice))
        return child

    yield start
    for child in processes:
        if not child.pipe.closed:
            child.kill()
            child.reap()


def await_word(child: Child) -> None:
    assert select([child], [], [], _LONG_S)[0]


def hear_all(child: Child) -> list[Message]:
    heard: list[Message] = []
    try:
        while True:
            await_word(child)
            heard.extend(child.messages())
    except EOFError:
        return heard


@pytest.mark.parametrize("data", [b"\0", struct.pack("!i", 1000), struct.pack("!i", 1000) + b"{"])
def test_half_a_message_and_then_silence_blocks_nothing(start: Start, data: bytes) -> None:
    child = start(write_and_linger, data)
    await_word(child)
    assert list(child.messages()) == []
    assert list(child.messages()) == []
    assert child.received == data


def test_endless_progress_returns_to_the_loop(start: Start) -> None:
    child = start(send_for_ever)
    for _ in range(20):
        await_word(child)
        heard = list(child.messages())
        assert set(heard) <= {Progress(0.5)}
        assert len(heard) < 65_536 / len(encode(Progress(0.5)))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\xff\xff\xff\xff", "message of an impossible length"),
        (b"\x7f\xff\xff\xff", "message of an impossible length"),
        (struct.pack("!i", 2) + b"{}", "unreadable message"),
    ],
)
def test_a_child_that_sends_garbage_is_killed(start: Start, data: bytes, fault: str) -> None:
    child = start(write_and_linger, data)
    await_word(child)
    with pytest.raises(EOFError, match=fault):
        list(child.messages())
    assert child.reap() == fault


@pytest.mark.parametrize(("text", "most"), [("x", MAX_LINES), ("x" * 8000, 32)])
def test_a_child_that_says_more_than_ours_do_is_killed(start: Start, text: str, most: int) -> None:
    child = start(log_for_ever, text)
    assert len(hear_all(child)) == most
    assert child.reap() == "more lines of log than a child sends"


def test_what_came_before_garbage_is_heard(start: Start) -> None:
    word = encode(Progress(0.5))
    child = start(write_and_linger, struct.pack("!i", len(word)) + word + b"\xff" * 4)
    assert hear_all(child) == [Progress(0.5)]


def test_a_long_message_arrives_in_pieces(start: Start) -> None:
    message = Ended(End.PUBLISHED, result='"' + "x" * 65_000 + '"', error="\U0001f600" * 2000)
    assert len(encode(message)) > 65_536
    assert hear_all(start(send_and_exit, message, 0)) == [message]


def test_nothing_follows_the_last_word(start: Start) -> None:
    child = start(send_and_linger, Progress(0.5), Ended(End.FAILED), Ended(End.PUBLISHED))
    assert hear_all(child) == [Progress(0.5), Ended(End.FAILED)]
    assert child.reap() == "SIGKILL"


def test_only_a_notice_ends_as_noted(start: Start) -> None:
    said = Ended(End.NOTED)
    assert hear_all(start(send_and_exit, said, 0, notice=True)) == [said]
    attempt = start(send_and_exit, said, 0)
    assert hear_all(attempt) == []
    assert attempt.reap() == "an attempt that ends as a notice"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_reaping_names_the_signal(start: Start, number: signal.Signals) -> None:
    child = start(die_by, number)
    assert hear_all(child) == []
    assert child.reap() == number.name


@pytest.mark.parametrize("code", [0, 7])
def test_reaping_waits_for_the_childs_own_exit(start: Start, code: int) -> None:
    child = start(send_and_exit, Ended(End.PUBLISHED), code)
    assert hear_all(child) == [Ended(End.PUBLISHED)]
    assert child.reap() == f"exit code {code}"


def test_reaping_ends_a_child_that_only_closed_its_pipe(start: Start) -> None:
    child = start(close_and_linger)
    assert hear_all(child) == []
    assert child.reap() == "SIGKILL"


def test_reaping_tells_when_nobody_is_left_to_tell_the_exit_code(start: Start) -> None:
    child = start(kill_the_forkserver)
    assert hear_all(child) == []
    assert child.reap() == "its forkserver died"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "exit code 1"),
        (255, "its forkserver died"),
        (-11, "SIGSEGV"),
        (-9, "SIGKILL"),
        (-64, "SIGRTMAX"),
        (-99, "signal 99"),
    ],
)
def test_an_exit_is_told_by_name(code: int, text: str) -> None:
    assert describe_exit(code) == text

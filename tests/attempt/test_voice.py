"""What the loggers of a real child say, as the daemon's side of the pipe hears it."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import warnings
from multiprocessing import get_context
from select import select
from typing import TYPE_CHECKING

import pytest

from jobd.attempt.allowance import MAX_LINES
from jobd.attempt.messages import MAX_LINE_CHARS, End, Ended, Line, Message, Progress
from jobd.attempt.start import Child
from jobd.attempt.voice import Voice, level_of, log_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    Hear = Callable[..., list[Message]]

log = logging.getLogger("jobd")


def say_all_sorts(voice: Voice) -> None:
    log.debug("not said")
    log.info("read %d", 7)
    logging.getLogger("some.library").warning("careful")
    warnings.warn("old way", DeprecationWarning, stacklevel=1)
    try:
        os.environ["NO_SUCH_VARIABLE"]
    except KeyError:
        log.exception("unexpected")
    log.critical("\x1b[2J")
    voice.end(Ended(End.FAILED))


def say_too_much(voice: Voice) -> None:
    for number in range(5 * MAX_LINES):
        log.info("%d", number)
    log.error("why it failed")
    voice.end(Ended(End.FAILED))


def say_long_things(voice: Voice) -> None:
    for _ in range(100):
        log.info("%s", "y" * 100_000)
    voice.end(Ended(End.FAILED))


def say_badly(voice: Voice) -> None:
    logging.raiseExceptions = False
    log.info("%d", "no number")
    log.info("after")
    voice.end(Ended(End.PUBLISHED))


def say_from_threads(voice: Voice) -> None:
    def work(name: str) -> None:
        for number in range(100):
            log.info("%s %s", name * 5000, number)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for _ in range(200):
        voice.report(0.5)
        time.sleep(0.005)
    for thread in threads:
        thread.join()
    voice.end(Ended(End.PUBLISHED))


def die_after(_: Voice) -> None:
    log.info("about to read")
    os.kill(os.getpid(), signal.SIGSEGV)


def live(pipe: Connection, act: Callable[[Voice], None]) -> None:
    voice = Voice(pipe)
    log_by(voice, "info")
    warnings.simplefilter("always")
    act(voice)


@pytest.fixture
def hear() -> Iterator[Hear]:
    """Starts a real child that acts, and hears it to its end."""
    children: list[Child] = []

    def hear(act: Callable[[Voice], None]) -> list[Message]:
        context = get_context("forkserver")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=live, args=(theirs, act), daemon=True)
        process.start()
        theirs.close()
        os.set_blocking(ours.fileno(), False)
        children.append(child := Child(process, ours))
        heard: list[Message] = []
        try:
            while True:
                assert select([child], [], [], 60)[0]
                heard.extend(child.messages())
        except EOFError:
            assert child.fault == ""
            return heard

    yield hear
    for child in children:
        child.reap()


def lines_of(heard: list[Message]) -> list[Line]:
    return [message for message in heard if isinstance(message, Line)]


def test_any_logger_and_warnings_are_heard(hear: Hear) -> None:
    before_ms = time.time_ns() // 1_000_000
    heard = hear(say_all_sorts)
    read, careful, warned, unexpected, screen = lines_of(heard)
    assert (read.level, read.text) == ("info", "read 7")
    assert before_ms <= read.at_ms <= time.time_ns() // 1_000_000
    assert (careful.level, careful.text) == ("warning", "some.library: careful")
    assert warned.text.startswith("py.warnings: ")
    assert "DeprecationWarning: old way" in warned.text
    assert unexpected.text.startswith("unexpected\nTraceback (most recent call last):\n  File ")
    assert unexpected.text.endswith("\nKeyError: 'NO_SUCH_VARIABLE'")
    assert screen == Line("error", screen.at_ms, "\\x1b[2J")
    assert heard[-1] == Ended(End.FAILED)


def test_too_many_lines_are_counted_and_an_error_is_heard_still(hear: Hear) -> None:
    heard = hear(say_too_much)
    lines = lines_of(heard)
    assert [line.text for line in lines[:MAX_LINES]] == [str(n) for n in range(MAX_LINES)]
    assert [line.text for line in lines[MAX_LINES:]] == ["why it failed"]
    assert heard[-1] == Ended(End.FAILED, lines_dropped=4 * MAX_LINES)


def test_long_lines_are_cut_and_soon_too_many(hear: Hear) -> None:
    heard = hear(say_long_things)
    lines = lines_of(heard)
    assert {len(line.text) for line in lines} == {MAX_LINE_CHARS - 1}
    assert heard[-1] == Ended(End.FAILED, lines_dropped=100 - len(lines))
    assert 20 < len(lines) < 40


def test_a_record_that_cannot_be_formatted_ends_no_job(hear: Hear) -> None:
    heard = hear(say_badly)
    assert [line.text for line in lines_of(heard)] == ["after"]
    assert heard[-1] == Ended(End.PUBLISHED)


def test_threads_do_not_speak_into_each_other(hear: Hear) -> None:
    heard = hear(say_from_threads)
    words = [line.text for line in lines_of(heard)]
    assert words
    assert {word[:1] * 5000 for word in words} == {word.split()[0] for word in words}
    assert any(isinstance(message, Progress) for message in heard)
    assert isinstance(heard[-1], Ended)
    assert len(words) + heard[-1].lines_dropped == 200


def test_what_was_said_before_a_crash_is_heard(hear: Hear) -> None:
    assert [line.text for line in lines_of(hear(die_after))] == ["about to read"]


@pytest.mark.parametrize(
    ("number", "level"),
    [(5, "debug"), (10, "debug"), (20, "info"), (25, "info"), (30, "warning"), (50, "error")],
)
def test_levels_have_words(number: int, level: str) -> None:
    assert level_of(number) == level

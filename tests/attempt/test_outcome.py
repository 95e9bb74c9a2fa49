from __future__ import annotations

import errno

import apsw
import pytest

from jobd import errors
from jobd.attempt.messages import End, Ended, Progress, decode, encode
from jobd.attempt.outcome import classify, describe
from jobd.attempt.start import describe_exit


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (errors.PayloadRefused("x"), End.FAILED),
        (errors.PathRefused("x"), End.FAILED),
        (errors.VideoRefused("x"), End.FAILED),
        (errors.DatabaseRefused("x"), End.FAILED),
        (errors.VideoIncomplete("x"), End.RETRY),
        (errors.RetryableError("x"), End.RETRY),
        (errors.VideoDeleted("x"), End.CANCELLED),
        (errors.FenceLost("x"), End.CANCELLED),
        (apsw.FullError("x"), End.FULL),
        (OSError(errno.ENOSPC, "No space"), End.FULL),
        (OSError(errno.EIO, "I/O"), End.RETRY),
        (apsw.BusyError("locked"), End.RETRY),
        (MemoryError(), End.RETRY),
        (RuntimeError("a bug"), End.RETRY),
    ],
)
def test_what_an_exception_means(error: Exception, end: End) -> None:
    assert classify(error) is end


def test_an_error_is_told_in_one_line() -> None:
    assert describe(errors.VideoRefused("no video\nstream")) == "no video stream"
    assert describe(RuntimeError("a bug")) == "RuntimeError: a bug"


@pytest.mark.parametrize(
    ("code", "text"),
    [(1, "exit code 1"), (-11, "SIGSEGV"), (-9, "SIGKILL"), (-64, "SIGRTMAX"), (-99, "signal 99")],
)
def test_an_exit_is_told_by_name(code: int, text: str) -> None:
    assert describe_exit(code) == text


@pytest.mark.parametrize(
    "message", [Progress(0.25), Ended(End.RETRY, error="é\n", cpu_s=1.5), Ended(End.PUBLISHED)]
)
def test_messages_survive_the_pipe(message: Progress | Ended) -> None:
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"type":"Ended","end":"great"}', b'{"type":"Ended","x":1}'],
)
def test_anything_else_from_a_child_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="unreadable message"):
        decode(data)

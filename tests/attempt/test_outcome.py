from __future__ import annotations

import errno

import apsw
import pytest

from jobd import errors
from jobd.attempt.messages import End
from jobd.attempt.outcome import classify, describe, is_surprise, may_pass


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
        (errors.DiskFull("x"), End.FULL),
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


@pytest.mark.parametrize(
    ("error", "surprise", "passing"),
    [
        (errors.DatabaseRefused("x"), False, False),
        (errors.FenceLost("x"), False, False),
        (errors.RetryableError("x"), False, True),
        (errors.DiskFull("x"), False, True),
        (OSError(errno.ENOSPC, "No space"), False, True),
        (OSError(errno.EIO, "I/O"), True, True),
        (apsw.BusyError("locked"), True, True),
        (ValueError("a bug"), True, False),
    ],
)
def test_what_a_log_shows_whole_and_what_is_told_later(
    error: Exception,
    surprise: bool,  # noqa: FBT001
    passing: bool,  # noqa: FBT001
) -> None:
    assert (is_surprise(error), may_pass(error)) == (surprise, passing)


def test_an_error_is_told_in_one_line() -> None:
    assert describe(errors.VideoRefused("no video\nstream")) == "no video stream"
    assert describe(RuntimeError("a bug")) == "RuntimeError: a bug"

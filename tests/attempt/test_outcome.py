from __future__ import annotations

import errno

import apsw
import pytest

from jobd import errors
from jobd.attempt.messages import End
from jobd.attempt.outcome import classify, describe


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

"""What an exception means for the job (pure)."""

from __future__ import annotations

import errno

import apsw

from jobd.attempt.messages import End
from jobd.errors import (
    DiskFull,
    FenceLost,
    JobdError,
    PermanentError,
    RetryableError,
    VideoDeleted,
)

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def classify(error: Exception) -> End:
    """How an attempt ended that this exception ended."""
    match error:
        case PermanentError():
            return End.FAILED
        case VideoDeleted() | FenceLost():
            return End.CANCELLED
        case DiskFull() | apsw.FullError():
            return End.FULL
        case OSError(errno=code) if code in _NO_SPACE:
            return End.FULL
        case _:
            return End.RETRY


def is_surprise(error: Exception) -> bool:
    """Whether it may be a fault of jobd's: then its traceback is wanted too."""
    return not isinstance(error, JobdError) and classify(error) is End.RETRY


def may_pass(error: Exception) -> bool:
    """Whether the very same may go well at a later time."""
    passing = RetryableError | DiskFull | OSError | MemoryError | apsw.Error
    return isinstance(error, passing)


def describe(error: Exception) -> str:
    """An exception as one line; its class is named where the text alone says too little."""
    text = " ".join(str(error).split())
    return text if isinstance(error, JobdError) and text else f"{type(error).__name__}: {text}"

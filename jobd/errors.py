"""Every error that jobd raises on purpose: one readable line each.

JobdError
├── UsageError                 a flag, setting or argument is wrong        exit 2
├── QueueError                 the queue file cannot be used               exit 5
│   ├── QueueTooNew            made by a newer jobd; left untouched
│   ├── QueueStuck             it cannot be written now: the daemon tries again
│   │   ├── QueueBusy          another program held the write lock for too long
│   │   ├── QueueFull          its disk is full
│   │   └── QueueFailing       its disk fails, or may only be read
│   ├── QueueBroken            a write was lost, or the file is damaged: the daemon ends
│   └── QueueHeld              another daemon holds it                     exit 6
├── NoChildren                 no child process can be prepared            exit 7
├── NoSuchJob                  no row of that id                           exit 4
├── NoFrames                   a job's frames cannot be shown              exit 1
├── NotReadable                adopt leaves this video out
├── LeaseLost                  the row is no longer this attempt's
└── AttemptError               what ends one attempt
    ├── PermanentError         trying again cannot help: failed at once
    │   ├── PayloadRefused     the row's payload is wrong
    │   ├── PathRefused        a path that this job may not use
    │   ├── VideoRefused       the file is no video that can be sampled
    │   ├── DatabaseRefused    dbPath is no database of a video
    │   └── NoTextFound        OCR found no text in the whole video
    ├── RetryableError         a later attempt may do better
    │   └── VideoIncomplete    the file ends early: perhaps still being written
    ├── DiskFull               no fault of the job: it is handed back
    ├── FenceLost              a newer attempt writes this video now
    └── VideoDeleted           the app deleted the video: the job is cancelled
"""

from __future__ import annotations

INTERRUPTED = 130  # exit code of Ctrl-C: 128 + SIGINT, as shells count


class JobdError(Exception):
    """Base of all errors raised on purpose; `str(error)` is one line for a person."""

    exit_code = 1


class UsageError(JobdError):
    """A flag, a setting or an argument is wrong."""

    exit_code = 2


class QueueError(JobdError):
    """The queue file cannot be used: missing, unreadable, or no queue."""

    exit_code = 5


class QueueTooNew(QueueError):
    """The queue file was made by a newer jobd; it is left untouched."""


class QueueStuck(QueueError):
    """The queue cannot be written now; it may be soon."""


class QueueFull(QueueStuck):
    """The queue's disk is full."""


class QueueFailing(QueueStuck):
    """The queue's disk fails, or its file system has become read-only."""


class QueueBusy(QueueStuck):
    """Another program held the write lock for longer than the busy timeout."""


class QueueBroken(QueueError):
    """The disk lost a write, or the file is damaged: this daemon must not go on with it."""


class QueueHeld(QueueError):
    """Another daemon holds this queue."""

    exit_code = 6


class NoChildren(JobdError):
    """The machine lets no child process be prepared."""

    exit_code = 7


class NoSuchJob(JobdError):
    """No row of that id."""

    exit_code = 4


class NoFrames(JobdError):
    """There are no frames of a job to show, or they cannot be read."""


class NotReadable(JobdError):
    """One video cannot be judged; the others can."""


class LeaseLost(JobdError):
    """A guarded statement found that the row is no longer this attempt's."""


class AttemptError(JobdError):
    """What ends one attempt."""


class PermanentError(AttemptError):
    """Trying again cannot help: the job fails at once."""


class PayloadRefused(PermanentError):
    """The row's payload is wrong."""


class PathRefused(PermanentError):
    """A path in the payload that this job may not use."""


class VideoRefused(PermanentError):
    """The file is no video that can be sampled."""


class DatabaseRefused(PermanentError):
    """`dbPath` does not name a usable database of a video."""


class NoTextFound(PermanentError):
    """OCR found no text in the whole video: the app shows that, and no layout can be drawn."""


class RetryableError(AttemptError):
    """A later attempt may do better."""


class VideoIncomplete(RetryableError):
    """The video ends before its promised end: perhaps it is still being written."""


class DiskFull(AttemptError):
    """A disk has no room: no fault of the job."""


class FenceLost(AttemptError):
    """A newer attempt has taken over this video's table."""


class VideoDeleted(AttemptError):
    """The app deleted the video while the job ran."""

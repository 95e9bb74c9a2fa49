"""The daemon's side of a child: start it, hear it, end it."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from multiprocessing import forkserver, get_context
from typing import TYPE_CHECKING

from jobd.attempt.child import main
from jobd.attempt.messages import MAX_MESSAGE_BYTES, Ended, Progress, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    from jobd.attempt.task import Task

_PRELOAD = "jobd.attempt.preload"


@dataclass(frozen=True, slots=True)
class Child:
    """A running child: its process and the pipe on which it speaks."""

    process: ForkServerProcess
    pipe: Connection

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process.pid is not None  # noqa: S101 - set by start()
        return self.process.pid

    def fileno(self) -> int:
        """Readable when the child has spoken or has ended."""
        return self.pipe.fileno()

    def messages(self) -> Iterator[Progress | Ended]:
        """What it has said since; never waits.

        Raises:
            EOFError: It has ended, or sent what it should not: no more will come.
        """
        while self.pipe.poll():
            try:
                yield decode(self.pipe.recv_bytes(MAX_MESSAGE_BYTES))
            except (OSError, ValueError) as error:
                raise EOFError(str(error)) from None

    def kill(self) -> None:
        """End it at once; its last transaction rolls back by itself."""
        self.process.kill()

    def reap(self) -> str:
        """Wait for its end and say how it came: "exit code 1", "SIGSEGV"."""
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        self.pipe.close()
        self.process.close()
        return describe_exit(code)


def describe_exit(code: int | None) -> str:
    """An exit code in words; negative ones are signals (multiprocessing's rule)."""
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


class Nursery:
    """Starts children from one forkserver that has all heavy modules loaded."""

    def __init__(self) -> None:
        self._context: ForkServerContext = get_context("forkserver")

    def warm_up(self) -> None:
        """Start the forkserver; it loads its modules beside us, we do not wait."""
        self._context.set_forkserver_preload([_PRELOAD])
        forkserver.ensure_running()

    def start(self, task: Task) -> Child:
        """Start a child on its task."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=main, args=(theirs, task), daemon=True)
        process.start()
        theirs.close()
        return Child(process, ours)

"""The daemon's side of a child: start it, hear it, end it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from multiprocessing import forkserver, get_context
from typing import TYPE_CHECKING

from jobd.attempt.allowance import Allowance
from jobd.attempt.child import main
from jobd.attempt.messages import End, Ended, Line, take_messages
from jobd.errors import NoChildren

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    from jobd.attempt.messages import Message
    from jobd.attempt.task import Task

_PRELOAD = "jobd.attempt.preload"
_READ_BYTES = 65_536
_EXIT_LIMIT_S = 1.0
_FORKSERVER_DIED = 255  # multiprocessing's stand-in for an exit code that nobody can tell


@dataclass(eq=False, slots=True)
class Child:
    """A running child: its process and the pipe on which it speaks.

    Attributes:
        pipe: The reading end; its descriptor does not block.
        notice: Whether it writes a notice: an attempt may not end as noted.
        received: The start of a message whose rest has not come.
        fault: What was wrong with its last message.
        allowance: How much it may say still.
    """

    process: ForkServerProcess
    pipe: Connection
    notice: bool = False
    received: bytearray = field(default_factory=bytearray)
    fault: str = ""
    allowance: Allowance = field(default_factory=Allowance)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process.pid is not None  # noqa: S101 - set by start()
        return self.process.pid

    def fileno(self) -> int:
        """Readable when the child has spoken or has ended."""
        return self.pipe.fileno()

    def messages(self) -> Iterator[Message]:
        """What it has said since, one read's worth; never waits.

        Raises:
            EOFError: It has said its last word, or ended without one, or sent what it
                should not (then it is killed): no more will come.
        """
        try:
            data = os.read(self.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        over = not data
        self.received += data
        try:
            for message in take_messages(self.received):
                self._admit(message)
                yield message
                if isinstance(message, Ended):
                    over = True
                    break
        except ValueError as error:
            self.fault = str(error)
            self.kill()
            raise EOFError(self.fault) from None
        if over:
            raise EOFError("the child has ended")

    def _admit(self, message: Message) -> None:
        if isinstance(message, Ended) and message.end is End.NOTED and not self.notice:
            raise ValueError("an attempt that ends as a notice")
        if isinstance(message, Line) and not self.allowance.take(message):
            raise ValueError("more lines of log than a child sends")  # ours counts for itself

    def kill(self) -> None:
        """End it at once; its last transaction rolls back by itself."""
        if self.process.is_alive():  # once reaped, its id may be another process's
            self.process.kill()

    def reap(self) -> str:
        """Wait a moment for its end, then enforce it; say how it came.

        Returns:
            "exit code 1", "SIGSEGV", or what was wrong with its last message.
        """
        self.process.join(timeout=_EXIT_LIMIT_S)
        self.kill()
        self.process.join()
        code = self.process.exitcode
        self.pipe.close()
        self.process.close()
        return self.fault or describe_exit(code)


def describe_exit(code: int | None) -> str:
    """An exit code in words; negative ones are signals (multiprocessing's rule)."""
    if code == _FORKSERVER_DIED:
        return "its forkserver died"
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
        """Start the forkserver; it loads its modules beside us, we do not wait.

        Raises:
            NoChildren: The machine does not let it start.
        """
        self._context.set_forkserver_preload([_PRELOAD])
        try:
            forkserver.ensure_running()
        except OSError as error:
            raise NoChildren(
                f"no child process can be prepared: {error};"
                " it takes room for a socket in the folder that TMPDIR names, or in /tmp"
            ) from None

    def start(self, task: Task) -> Child:
        """Start a child on its task.

        Raises:
            NoChildren: The forkserver cannot be reached any more.
            OSError: There is no child now; there may be one later.
        """
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=main, args=(theirs, task), daemon=True)
        try:
            process.start()
        except FileNotFoundError:
            raise NoChildren(
                "no child process can be started: somebody has removed the forkserver's socket"
                " from the folder that TMPDIR names, or from /tmp; start jobd again"
            ) from None
        theirs.close()
        os.set_blocking(ours.fileno(), False)
        return Child(process, ours, notice=task.notice is not None)

"""The child's side of the pipe: how far it is, what its loggers say, how it ended."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jobd.attempt.allowance import Allowance
from jobd.attempt.messages import Line, Progress, encode, harmless_lines

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from jobd.attempt.messages import Ended, Level, Message

_REPORT_EVERY_S = 0.5
_OWN = ("jobd", "root")  # loggers that need not be named


class Voice:
    """Speaks on the pipe; threads that decode speak as well, one at a time."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._reported_s = 0.0
        self._allowance = Allowance()
        self._dropped = 0

    def report(self, share: float) -> None:
        """Say how far it is, at most twice a second, however often this is called."""
        now_s = time.monotonic()
        if now_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = now_s
            self._send(Progress(share, self._dropped))

    def has_room(self, level: Level) -> bool:
        """Whether a line of this level may be sent still; one that may not is counted."""
        with self._lock:
            room = self._allowance.has_room(level)
            self._dropped += not room
        return room

    def say(self, line: Line) -> None:
        """Send a line at once: what crashes the process next does not take it along."""
        with self._lock:
            taken = self._allowance.take(line)
            self._dropped += not taken
        if taken:
            self._send(line)

    def end(self, ended: Ended) -> None:
        """Say the last word."""
        self._send(replace(ended, lines_dropped=self._dropped))
        self._pipe.close()

    def _send(self, message: Message) -> None:
        with self._lock:  # one that is longer than the pipe takes at once goes in pieces
            self._pipe.send_bytes(encode(message))


class VoiceHandler(logging.Handler):
    """Sends what any logger of this process says to the daemon."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; past what may be sent, it is not even formatted."""
        level = level_of(record.levelno)
        if not self._voice.has_room(level):
            return
        try:
            text = harmless_lines(_named(record, self.format(record)))
            self._voice.say(Line(level, int(record.created * 1000), text))
        except Exception:  # noqa: BLE001 - as logging itself does: a bad record ends no job
            self.handleError(record)


def level_of(number: int) -> Level:
    """The word for a level of logging's."""
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"


def _named(record: logging.LogRecord, text: str) -> str:
    return text if record.name.split(".")[0] in _OWN else f"{record.name}: {text}"


def log_by(voice: Voice, level: str) -> None:
    """Let all loggers of this process, and `warnings`, speak by a voice."""
    logging.basicConfig(
        level=level.upper(), format="%(message)s", handlers=[VoiceHandler(voice)], force=True
    )
    logging.captureWarnings(capture=True)

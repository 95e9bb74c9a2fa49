"""What a child says to the daemon: JSON, never pickle, since it decodes strangers' files.

A child that such a file has taken over may send anything: whatever `decode` lets through
can be stored and shown as it is.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config
from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MESSAGE_BYTES = 1 << 18  # the largest result, escaped once more, takes half of it
MAX_RESULT_BYTES = 65_536
MAX_ERROR_CHARS = 2000
MAX_CLASS_CHARS = 200
MAX_LINE_CHARS = 8000  # a traceback has some thousand

Level = Literal["debug", "info", "warning", "error"]

_LENGTH = struct.Struct("!i")  # what multiprocessing's send_bytes puts before a message


def harmless(text: str, limit: int) -> str:
    r"""Text of at most `limit` characters, with what does not print spelled, like "\x1b"."""
    spelled = _spelled(text[: limit + 1])
    return spelled if len(spelled) <= limit else spelled[: limit - 1] + "…"


def harmless_lines(text: str, limit: int = MAX_LINE_CHARS) -> str:
    """The same for a text of several lines; of one that is too long, the middle is left out.

    A traceback begins with what happened and ends with where.
    """
    lines = _without_middle(text.rstrip(), limit).expandtabs(4).splitlines()
    return _without_middle("\n".join(map(_spelled, lines)), limit)


def _spelled(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _without_middle(text: str, limit: int) -> str:
    half = (limit - 3) // 2
    return text if len(text) <= limit else f"{text[:half]}\n…\n{text[-half:]}"


def _json_text(text: str) -> str:
    if len(text.encode()) > MAX_RESULT_BYTES:
        raise ValueError(f"longer than {MAX_RESULT_BYTES} bytes")
    from_json(text, allow_inf_nan=False)
    return text


_Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
_Figure = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
_Share = Annotated[_Figure, AfterValidator(partial(min, 1.0))]
_Error = Annotated[str, AfterValidator(partial(harmless, limit=MAX_ERROR_CHARS))]
_Lines = Annotated[str, AfterValidator(harmless_lines)]
_ClassName = Annotated[str, AfterValidator(partial(harmless, limit=MAX_CLASS_CHARS))]
_JsonText = Annotated[str, AfterValidator(_json_text)]
_no_more_fields = with_config(ConfigDict(extra="forbid"))


class End(StrEnum):
    """How an attempt ended, in the child's own words.

    PUBLISHED: the frames are there, whole. FAILED: trying again cannot help. RETRY: it
    may. FULL: the disk is full; not the job's fault. CANCELLED: the video is gone, or a
    newer attempt writes it. NOTED: a notice was written, or was no longer called for.
    """

    PUBLISHED = "published"
    FAILED = "failed"
    RETRY = "retry"
    FULL = "full"
    CANCELLED = "cancelled"
    NOTED = "noted"


@_no_more_fields
@dataclass(frozen=True, slots=True)
class Progress:
    """The share of the work that is done, 0 to 1.

    Attributes:
        lines_dropped: Lines so far that were more than the child may send.
    """

    share: _Share
    lines_dropped: _Count = 0


@_no_more_fields
@dataclass(frozen=True, slots=True)
class Line:
    """A record of the child's logging.

    Attributes:
        at_ms: Wall time, Unix milliseconds.
        text: At most MAX_LINE_CHARS, perhaps of several lines.
    """

    level: Level
    at_ms: _Count
    text: _Lines


@_no_more_fields
@dataclass(frozen=True, slots=True)
class Ended:
    """A child's last word.

    Attributes:
        told: Whether the app's status says so too, or never can.
        error: One line of at most MAX_ERROR_CHARS, where there is one.
        error_class: The exception's name.
        result: What the handler returned, as JSON of at most MAX_RESULT_BYTES.
        cpu_s: CPU seconds of the child, user and system.
    """

    end: End
    told: bool = True
    error: _Error | None = None
    error_class: _ClassName | None = None
    result: _JsonText | None = None
    frames_wanted: _Count | None = None
    frames_decoded: _Count | None = None
    frames_concealed: _Count | None = None
    cpu_s: _Figure | None = None
    peak_rss_bytes: _Count | None = None
    lines_dropped: _Count = 0


Message = Progress | Line | Ended

_SHAPES: dict[str, TypeAdapter[Any]] = {
    shape.__name__: TypeAdapter(shape) for shape in (Progress, Line, Ended)
}


def encode(message: Message) -> bytes:
    """A message as bytes for the pipe; an error text is cut to what may be sent."""
    if isinstance(message, Ended) and message.error:
        message = replace(message, error=harmless(message.error, MAX_ERROR_CHARS))
    return json.dumps({"type": type(message).__name__, **asdict(message)}).encode()


def decode(data: bytes) -> Message:
    """Read a message: every field is of its type and range, every text prints.

    Raises:
        ValueError: The child sent something else; it is not to be trusted any more.
    """
    try:
        fields = json.loads(data)
        message: Message = _SHAPES[fields.pop("type")].validate_python(fields)
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError):
        raise ValueError("unreadable message") from None
    return message


def take_messages(received: bytearray) -> Iterator[Message]:
    """Take the whole messages off the front; the start of a further one stays.

    Args:
        received: Bytes as multiprocessing's `Connection.send_bytes` writes them.

    Raises:
        ValueError: What came is no message.
    """
    while len(received) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(received)
        if not 0 < length <= MAX_MESSAGE_BYTES:
            raise ValueError("message of an impossible length")
        end = _LENGTH.size + length
        if len(received) < end:
            return
        data = bytes(received[_LENGTH.size : end])
        del received[:end]
        yield decode(data)

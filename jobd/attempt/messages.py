"""What a child says to the daemon: JSON, never pickle, since it decodes strangers' files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MAX_MESSAGE_BYTES = 1 << 20


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


@dataclass(frozen=True, slots=True)
class Progress:
    """The share of the work that is done, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A child's last word.

    Attributes:
        error: One line, where there is one.
        error_class: The exception's name.
        result: What the handler returned, as JSON.
        cpu_s: CPU seconds of the child, user and system.
    """

    end: End
    error: str | None = None
    error_class: str | None = None
    result: str | None = None
    frames_wanted: int | None = None
    frames_decoded: int | None = None
    frames_concealed: int | None = None
    cpu_s: float | None = None
    peak_rss_bytes: int | None = None


def encode(message: Progress | Ended) -> bytes:
    """A message as bytes for the pipe."""
    return json.dumps({"type": type(message).__name__, **asdict(message)}).encode()


def decode(data: bytes) -> Progress | Ended:
    """Read a message.

    Raises:
        ValueError: The child sent something else; it is not to be trusted any more.
    """
    try:
        fields: dict[str, Any] = json.loads(data)
        if fields.pop("type") == "Progress":
            return Progress(min(1.0, max(0.0, float(fields["share"]))))
        return Ended(**{**fields, "end": End(fields["end"])})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"unreadable message from a child: {error}") from None

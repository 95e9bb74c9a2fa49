"""What an MP4's header says of a track and libavformat keeps to itself.

All rules are those of ISO/IEC 14496-12.
"""

from __future__ import annotations

import os
from struct import Struct, error
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Box = memoryview

_HEAD, _LONG_SIZE, _COUNT = Struct(">I4s"), Struct(">Q"), Struct(">4xI")
_HEAD_BYTES, _LONG_HEAD_BYTES = 8, 16
# By a box's version: where the track's number stands, and how an edit is written.
_TRACK_ID = (Struct(">4x8xI"), Struct(">4x16xI"))
_EDIT = (Struct(">Ii4x"), Struct(">Qq4x"))
_NOTHING_SHOWN = -1
_RUN = np.dtype([("samples", ">u4"), ("offset", ">i4")])
_TABLE_HEAD_BYTES = 8
# libavformat takes a table with a larger offset for broken, and ignores it.
_OFFSETS_BELOW = 2**28
_MOST_HEADER_BYTES = 2**26
_MOST_BOXES = 1000


class UnclearError(Exception):
    """The header leaves a doubt: no word of it reaches a person."""


def header_of(fd: int) -> bytes:
    """The body of an MP4's `moov` box.

    Args:
        fd: Of the file; its position stays.

    Raises:
        UnclearError: There is none, or a larger one than an honest video has.
    """
    at, file_bytes = 0, os.fstat(fd).st_size
    for _ in range(_MOST_BOXES):
        kind, head_bytes, box_bytes = _measured(os.pread(fd, 16, at), file_bytes - at)
        if kind == b"moov":
            _require(box_bytes <= _MOST_HEADER_BYTES, "a header larger than any honest one")
            return os.pread(fd, box_bytes - head_bytes, at + head_bytes)
        at += box_bytes
    raise UnclearError("no header among the first boxes")


def display_offsets(moov: bytes, track_id: int, samples: int) -> NDArray[np.int64]:
    """How long after its decoding each frame of a track is shown, but for a common shift.

    Args:
        moov: As `header_of` gives it.
        track_id: The track's own number.
        samples: How many frames it has.

    Returns:
        (samples,) int64, in the track's time base.

    Raises:
        UnclearError: It depends on more than one table, or frames are encrypted.
    """
    try:
        return _display_offsets(memoryview(moov), track_id, samples)
    except (error, ValueError) as reason:
        raise UnclearError(str(reason)) from None


def _display_offsets(moov: Box, track_id: int, samples: int) -> NDArray[np.int64]:
    _require(not list(_children(moov, b"mvex")), "fragments follow")
    track = _track(moov, track_id)
    edits = sum(_media_edits(_only(box, b"elst")) for box in _children(track, b"edts"))
    _require(edits <= 1, "cut and joined by several edits")
    table = _only(_only(_only(track, b"mdia"), b"minf"), b"stbl")
    _require(b"sinf" not in bytes(_only(table, b"stsd")), "encrypted")
    offsets = list(_children(table, b"ctts"))
    _require(len(offsets) <= 1, "two tables of offsets")
    return _expanded(offsets[0], samples) if offsets else np.zeros(samples, np.int64)


def _track(moov: Box, track_id: int) -> Box:
    for track in _children(moov, b"trak"):
        head = _only(track, b"tkhd")
        if _TRACK_ID[_version(head)].unpack_from(head) == (track_id,):
            return track
    raise UnclearError("no such track")


def _media_edits(table: Box) -> int:
    """How many edits show something: one moves all frames alike, more may drop or repeat some."""
    edit = _EDIT[_version(table)]
    (count,) = _COUNT.unpack_from(table)
    edits = table[_TABLE_HEAD_BYTES:][: count * edit.size]
    return sum(time != _NOTHING_SHOWN for _, time in edit.iter_unpack(edits))


def _version(box: Box) -> int:
    _require(len(box) > 0 and box[0] < len(_EDIT), "a box of an unknown version")
    return box[0]


def _expanded(table: Box, samples: int) -> NDArray[np.int64]:
    runs = np.frombuffer(table[_TABLE_HEAD_BYTES:], _RUN, *_COUNT.unpack_from(table))
    offsets = runs["offset"].astype(np.int64)
    _require(np.abs(offsets).max(initial=0) < _OFFSETS_BELOW, "absurd offsets")
    _require(runs["samples"].sum(dtype=np.uint64) == samples, "not one offset for each frame")
    return np.repeat(offsets, runs["samples"])


def _children(box: Box, wanted: bytes) -> Iterator[Box]:
    """The bodies of the boxes of one kind that lie directly in another's."""
    while len(box) >= _HEAD_BYTES:
        kind, head_bytes, box_bytes = _measured(box, len(box))
        if kind == wanted:
            yield box[head_bytes:box_bytes]
        box = box[box_bytes:]


def _only(box: Box, kind: bytes) -> Box:
    found = list(_children(box, kind))
    _require(len(found) == 1, f"{len(found)} boxes {kind!r}")
    return found[0]


def _measured(head: bytes | Box, room_bytes: int) -> tuple[bytes, int, int]:
    """A box's kind, and the bytes of its head and of all of it."""
    _require(len(head) >= _HEAD_BYTES, "cut short")
    box_bytes, kind = _HEAD.unpack_from(head)
    head_bytes = _HEAD_BYTES
    if box_bytes == 1:
        _require(len(head) >= _LONG_HEAD_BYTES, "cut short")
        (box_bytes,), head_bytes = _LONG_SIZE.unpack_from(head, _HEAD_BYTES), _LONG_HEAD_BYTES
    elif box_bytes == 0:
        box_bytes = room_bytes
    _require(head_bytes <= box_bytes <= room_bytes, "a box larger than its place")
    return kind, head_bytes, box_bytes


def _require(condition: bool, doubt: str) -> None:  # noqa: FBT001 - an assertion with a way out
    if not condition:
        raise UnclearError(doubt)

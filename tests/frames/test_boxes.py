"""Boxes made by hand: ISO/IEC 14496-12 says what stands where."""

from __future__ import annotations

from contextlib import suppress
from struct import pack
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.frames.boxes import UnclearError, display_offsets, header_of
from tests.support.video import media

if TYPE_CHECKING:
    from pathlib import Path

TRACK_ID = 7
MOVE = (1000, 512)
NOTHING = (400, -1)


def box(kind: str, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return pack(">I4s", 8 + len(body), kind.encode()) + body


def long_box(kind: str, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return pack(">I4sQ", 1, kind.encode(), 16 + len(body)) + body


def endless_box(kind: str, *bodies: bytes) -> bytes:
    return pack(">I4s", 0, kind.encode()) + b"".join(bodies)


def head(track_id: int, version: int = 0) -> bytes:
    return box("tkhd", pack(">I16xI" if version else ">I8xI", version << 24, track_id), bytes(60))


def edit_list(*edits: tuple[int, int], version: int = 0) -> bytes:
    kind = ">QqI" if version else ">IiI"
    body = b"".join(pack(kind, length, begin, 1 << 16) for length, begin in edits)
    return box("edts", box("elst", pack(">II", version << 24, len(edits)), body))


def offsets(*runs: tuple[int, int]) -> bytes:
    body = b"".join(pack(">Ii", count, offset) for count, offset in runs)
    return box("ctts", pack(">II", 0, len(runs)), body)


DESCRIPTION = box("stsd", bytes(16), b"avc1")


def track(
    *in_table: bytes, edits: bytes = b"", track_id: int = TRACK_ID, version: int = 0
) -> bytes:
    table = box("stbl", *(in_table or (DESCRIPTION, offsets((3, 5)))))
    media_box = box("mdia", box("mdhd", bytes(24)), box("minf", table))
    return box("trak", head(track_id, version), edits, media_box)


TABLE = (DESCRIPTION, offsets((1, 0), (2, -5)))


@pytest.mark.parametrize(
    ("moov", "expected"),
    [
        pytest.param(track(*TABLE), [0, -5, -5], id="runs"),
        pytest.param(track(DESCRIPTION), [0, 0, 0], id="shown when decoded"),
        pytest.param(track(track_id=1) + track(*TABLE), [0, -5, -5], id="the second track"),
        pytest.param(track(*TABLE, version=1), [0, -5, -5], id="long times in the track's head"),
        pytest.param(track(*TABLE, edits=edit_list(MOVE)), [0, -5, -5], id="moved"),
        pytest.param(track(*TABLE, edits=edit_list(NOTHING, MOVE)), [0, -5, -5], id="begins later"),
        pytest.param(
            track(*TABLE, edits=edit_list(NOTHING, MOVE, version=1)), [0, -5, -5], id="long edits"
        ),
        pytest.param(track(*TABLE) + bytes(4), [0, -5, -5], id="a few bytes more"),
        pytest.param(endless_box("trak", track(*TABLE)[8:]), [0, -5, -5], id="to the end"),
        pytest.param(long_box("trak", track(*TABLE)[8:]), [0, -5, -5], id="a long size"),
        pytest.param(track(DESCRIPTION, offsets((0, 9), (3, 1))), [1, 1, 1], id="an empty run"),
    ],
)
def test_how_much_later_each_frame_is_shown(moov: bytes, expected: list[int]) -> None:
    assert display_offsets(moov, TRACK_ID, 3).tolist() == expected


@pytest.mark.parametrize(
    "moov",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(track(track_id=1), id="another track"),
        pytest.param(box("mvex") + track(), id="fragments follow"),
        pytest.param(track(edits=edit_list(MOVE, MOVE)), id="two edits"),
        pytest.param(track(edits=edit_list(MOVE) + edit_list(MOVE)), id="two lists"),
        pytest.param(track(edits=edit_list(MOVE, version=2)), id="an unknown version"),
        pytest.param(track(edits=box("edts", box("elst"))), id="an empty list"),
        pytest.param(track(box("stsd", b"encv", box("sinf"))), id="encrypted"),
        pytest.param(track(offsets((3, 0))), id="no description"),
        pytest.param(track(*TABLE, offsets((3, 0))), id="two tables"),
        pytest.param(track(DESCRIPTION, offsets((2, 0))), id="a frame without"),
        pytest.param(track(DESCRIPTION, offsets((4, 0))), id="an offset too many"),
        pytest.param(track(DESCRIPTION, offsets((2**32 - 1, 0), (4, 0))), id="too many by 2^32"),
        pytest.param(track(DESCRIPTION, offsets((3, 2**28))), id="absurd"),
        pytest.param(track(DESCRIPTION, offsets((3, -(2**31)))), id="absurdly early"),
        pytest.param(track(DESCRIPTION, box("ctts", pack(">II", 0, 9))), id="cut short"),
        pytest.param(track()[:-1], id="its end is missing"),
        pytest.param(pack(">I4s", 7, b"trak") + track()[8:], id="smaller than its head"),
        pytest.param(pack(">I4s", 1, b"trak"), id="half a head"),
    ],
)
def test_a_doubt(moov: bytes) -> None:
    with pytest.raises(UnclearError):
        display_offsets(moov, TRACK_ID, 3)


@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), end=st.integers(0, 20_000))
def test_no_byte_does_harm(at: int, byte: int, end: int) -> None:
    with media("nasa_h264.mp4").open("rb") as file:
        moov = bytearray(header_of(file.fileno()))
    moov[at % len(moov)] = byte
    with suppress(UnclearError):
        assert len(display_offsets(bytes(moov[: end or None]), 1, 390)) == 390


@pytest.mark.parametrize("before", [b"", box("ftyp", bytes(9)), long_box("mdat", bytes(99))])
def test_the_header_is_found(tmp_path: Path, before: bytes) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(before + box("moov", b"the header") + box("free"))
    with video.open("rb") as file:
        assert header_of(file.fileno()) == b"the header"
        assert file.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"moov",
        box("ftyp"),
        endless_box("mdat", bytes(99)),
        pack(">I4s", 99, b"moov"),
        box("free") * 1001 + box("moov"),
        pack(">I4sQ", 1, b"mdat", 2**63),
    ],
)
def test_there_is_no_header(tmp_path: Path, content: bytes) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(content)
    with video.open("rb") as file, pytest.raises(UnclearError):
        header_of(file.fileno())

"""Files that mean harm or are merely odd, each with the end that its job must come to."""

from __future__ import annotations

import os
import socket
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np

from tests.support.ebml import element, put_into
from tests.support.video import every, media, numbered, write_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NO_VIDEO = "the file is no video of a known format"
LATER = "perhaps it is still being written"


class Odd(NamedTuple):
    """One file.

    Attributes:
        name: Of the file.
        make: Puts it at a path; the second path is the secret that it is after.
        end: A part of the job's error; "" where it must complete.
    """

    name: str
    make: Callable[[Path, Path], object]
    end: str


def text(pattern: str) -> Callable[[Path, Path], object]:
    """A text that names the secret."""
    return lambda path, secret: path.write_text(pattern.format(secret))


def raw(content: bytes) -> Callable[[Path, Path], object]:
    """Any bytes."""
    return lambda path, _: path.write_bytes(content)


def cut(share: float) -> Callable[[Path, Path], object]:
    """The first part of a real video."""
    whole = media("ocean_h264.mp4").read_bytes()
    return raw(whole[: int(len(whole) * share)])


def small(path: Path, _: Path) -> object:
    """A sound video, whatever its name."""
    made = write_video(path.with_name("sound.mp4"), every(40, 25))
    return made.rename(path)


def linked(to: str) -> Callable[[Path, Path], object]:
    """A link to the secret, or to anything else."""
    return lambda path, secret: path.symlink_to(to.format(secret))


def a_socket(path: Path, _: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))


def many_pixels(path: Path, _: Path) -> object:
    return write_video(path, every(40, 2), codec="mjpeg", pix_fmt="yuvj420p", draw=_huge)


def _huge(_: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.zeros((9000, 9000, 3), np.uint8)


def bomb_of_time(path: Path, _: Path) -> object:
    """A few frames that last for a year."""
    return write_video(path, [0, 40, 31_536_000_000])


def sound(path: Path, _: Path) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 48_000, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def points_elsewhere(path: Path, secret: Path) -> object:
    """An MP4 whose samples, says its index, lie in another file."""
    small(path, secret)
    target = b"alis" + bytes(4) + str(secret).encode() + b"\0"
    url = b"url " + bytes(4) + f"file://{secret}".encode() + b"\0"
    entries = b"".join(struct.pack(">I", len(e) + 4) + e for e in (url, target))
    dref = bytes(4) + struct.pack(">I", 2) + entries
    return rewritten(path, "moov trak mdia minf dinf dref", dref)


def rewritten(path: Path, way: str, content: bytes) -> object:
    """Give one box of an MP4 another content."""
    names = tuple(name.encode() for name in way.split())
    return path.write_bytes(b"".join(_replaced(path.read_bytes(), names, content)))


def bomb_of_edits(path: Path, secret: Path) -> object:
    """An MP4 that shows its one second again and again."""
    small(path, secret)
    edits = struct.pack(">IiI", 100_000, 0, 1 << 16) * 3000
    table = struct.pack(">II", 0, 3000) + edits
    return rewritten(path, "moov trak edts", struct.pack(">I4s", len(table) + 8, b"elst") + table)


def bomb_of_samples(path: Path, secret: Path) -> object:
    """An MP4 of two kilobytes whose index claims a hundred million frames of one byte."""
    small(path, secret)
    return rewritten(path, "moov trak mdia minf stbl stsz", struct.pack(">III", 0, 1, 10**8))


def bomb_of_zeros(path: Path, secret: Path) -> object:
    """An MP4 whose header is compressed, from 200 MB of nothing."""
    small(path, secret)
    method = struct.pack(">I4s4s", 12, b"dcom", b"zlib")
    packed = struct.pack(">I", 200_000_000) + zlib.compress(bytes(200_000_000), 1)
    inner = method + struct.pack(">I4s", len(packed) + 8, b"cmvd") + packed
    return rewritten(path, "moov", struct.pack(">I4s", len(inner) + 8, b"cmov") + inner)


def bomb_of_streams(path: Path, secret: Path) -> object:
    """An MP4 of three thousand videos, all the same one."""
    small(path, secret)
    data = path.read_bytes()
    begin = data.index(b"trak") - 4
    end = begin + int.from_bytes(data[begin : begin + 4], "big")
    moov = data.rindex(b"moov", 0, begin) + 4
    return rewritten(path, "moov", data[moov:begin] + data[begin:end] * 3000 + data[end:])


def bomb_of_boxes(path: Path, _: Path) -> object:
    """Twenty thousand boxes, each in the one before."""
    boxes = b"".join(struct.pack(">I4s", 8 * n, b"trak") for n in range(20_000, 0, -1))
    head = struct.pack(">I4s4s4x", 16, b"ftyp", b"isom")
    return path.write_bytes(head + struct.pack(">I4s", len(boxes) + 8, b"moov") + boxes)


def _replaced(data: bytes, way: tuple[bytes, ...], content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + size]
        if kind == way[0]:
            body = content if len(way) == 1 else b"".join(_replaced(body, way[1:], content))
        yield struct.pack(">I4s", len(body) + 8, kind) + body
        at += size


def encrypted(path: Path, _: Path) -> object:
    made = write_video(path.with_name("drm.webm"), every(40, 10), codec="libvpx")
    kind = element(b"\x50\x33", b"\x01") + element(b"\x50\x35", element(b"\x47\xe2", b"key"))
    encodings = element(b"\x6d\x80", element(b"\x62\x40", kind))
    way = (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae")
    made.write_bytes(put_into(made.read_bytes(), way, encodings))
    return made.rename(path)


def one_pixel_row(path: Path, _: Path) -> object:
    return write_video(path, every(40, 5), codec="ffv1", draw=lambda n: numbered(n)[:2, :2])


M3U = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
DASH = '<?xml version="1.0"?><MPD><Period><BaseURL>{}</BaseURL></Period></MPD>'
CORPUS = (
    Odd("ffconcat.mp4", text("ffconcat version 1.0\nfile '{}'\n"), NO_VIDEO),
    Odd("list.ffconcat", text("ffconcat version 1.0\nfile '{}'\n"), NO_VIDEO),
    Odd("playlist.mp4", text(M3U), NO_VIDEO),
    Odd("playlist.m3u8", text(M3U), NO_VIDEO),
    Odd("url.m3u8", text(M3U.replace("{}", "file://{}")), NO_VIDEO),
    Odd("dash.mpd", text(DASH), NO_VIDEO),
    Odd(
        "session.sdp",
        text("v=0\no=- 0 0 IN IP4 127.0.0.1\ns={}\nm=video 5004 RTP/AVP 96\n"),
        NO_VIDEO,
    ),
    Odd("smil.smil", text("<smil><body><video src='{}'/></body></smil>"), NO_VIDEO),
    Odd("words.mp4", text("plain words: {}"), NO_VIDEO),
    Odd("elsewhere.mp4", points_elsewhere, ""),
    Odd("empty.mp4", raw(b""), "the video is empty"),
    Odd("byte.mp4", raw(b"\0"), NO_VIDEO),
    Odd("noise.mp4", raw(np.random.default_rng(1).bytes(100_000)), NO_VIDEO),
    Odd("database.mp4", raw(b"SQLite format 3\0" + bytes(4096)), NO_VIDEO),
    Odd("program.mp4", raw(b"\x7fELF" + bytes(4096)), NO_VIDEO),
    Odd("head.mp4", raw(b"\0\0\0\x18ftypisom" + bytes(4096)), LATER),
    Odd("a tenth.mp4", cut(0.1), LATER),
    Odd("a half.mp4", cut(0.5), LATER),
    Odd("sound.m4a", sound, "the file has no video stream"),
    Odd("pixels.avi", many_pixels, "more than 67108864 pixels"),
    Odd("year.mkv", bomb_of_time, "more than 200000"),
    Odd("edits.mp4", bomb_of_edits, "more than 200000"),
    Odd("samples.mp4", bomb_of_samples, LATER),
    Odd("zeros.mp4", bomb_of_zeros, "the file has no video stream"),
    Odd("streams.mp4", bomb_of_streams, "not enough memory to open"),
    Odd("boxes.mp4", bomb_of_boxes, "the file has no video stream"),
    Odd("drm.mkv", encrypted, "the video is encrypted"),
    Odd("tiny.mkv", one_pixel_row, ""),
    Odd("no suffix", small, ""),
    Odd("wrong.txt", small, ""),
    Odd("-leading-dash.mp4", small, ""),
    Odd("line\nbreak.mp4", small, ""),
    Odd("quote'\".mp4", small, ""),
    Odd("%s%n{}.mp4", small, ""),
    Odd("ü🎬.mp4", small, ""),
    Odd("x" * 251 + ".mp4", small, ""),
    Odd("concat:a|b", small, ""),
    Odd("folder.mp4", lambda path, _: path.mkdir(), "no regular file"),
    Odd("fifo.mp4", lambda path, _: os.mkfifo(path), "no regular file"),
    Odd("socket.mp4", a_socket, "No such device or address"),
    Odd("missing.mp4", lambda _path, _: None, "No such file"),
    Odd("link.mp4", linked("{}"), "is a link; name the real place"),
    Odd("dangling.mp4", linked("/nowhere/at/all"), "is a link; name the real place"),
    Odd("self.mp4", linked("/proc/self/exe"), "is a link; name the real place"),
)

from __future__ import annotations

import json
import math
import struct

import pytest

from jobd.attempt.messages import (
    MAX_ERROR_CHARS,
    MAX_LINE_CHARS,
    MAX_MESSAGE_BYTES,
    MAX_RESULT_BYTES,
    End,
    Ended,
    Line,
    Message,
    Progress,
    decode,
    encode,
    harmless,
    harmless_lines,
    take_messages,
)


def ended(**fields: object) -> bytes:
    return json.dumps({"type": "Ended", "end": "retry", **fields}).encode()


def framed(data: bytes) -> bytes:
    return struct.pack("!i", len(data)) + data


@pytest.mark.parametrize(
    "message",
    [
        Progress(0.25, lines_dropped=7),
        Line("warning", 1_772_353_800_000, "é 漢\n  second"),
        Ended(End.RETRY, error="é", error_class="OSError", cpu_s=1.5),
        Ended(End.PUBLISHED, result='{"frames": 3}', frames_wanted=2**53, peak_rss_bytes=0),
    ],
)
def test_messages_survive_the_pipe(message: Message) -> None:
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"7",
        b"[" * 100_000,
        b'{"type":[]}',
        b'{"type":"Else"}',
        b'{"type":"Ended"}',
        b'{"type":"Ended","end":"great"}',
        b'{"type":"Ended","end":["noted"]}',
        b'{"type":"Ended","end":"noted","cpu_s":' + b"9" * 10_000 + b"}",
        b'{"type":"Progress"}',
        b'{"type":"Progress","share":0.5,"x":1}',
        b'{"type":"Progress","share":NaN}',
        b'{"type":"Progress","share":-1}',
        b'{"type":"Progress","share":"0.5"}',
        b'{"type":"Progress","share":true}',
        b'{"type":"Progress","share":0.5,"lines_dropped":-1}',
        b'{"type":"Line"}',
        b'{"type":"Line","level":"info","at_ms":1}',
        b'{"type":"Line","level":"fatal","at_ms":1,"text":"x"}',
        b'{"type":"Line","level":"info","at_ms":1.5,"text":"x"}',
        b'{"type":"Line","level":"info","at_ms":-1,"text":"x"}',
        b'{"type":"Line","level":"info","at_ms":99999999999999999999,"text":"x"}',
        b'{"type":"Line","level":"info","at_ms":1,"text":["x"]}',
        b'{"type":"Line","level":"info","at_ms":1,"text":"x","attempt_id":7}',
    ],
)
def test_anything_else_from_a_child_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="unreadable message"):
        decode(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unknown", 1),
        ("\ud800", 1),
        ("error", ["x"]),
        ("error", 1),
        ("error_class", {}),
        ("frames_wanted", 10**20),
        ("frames_wanted", 2**53 + 1),
        ("frames_decoded", -1),
        ("frames_concealed", 1.0),
        ("frames_concealed", True),
        ("peak_rss_bytes", "1"),
        ("cpu_s", math.nan),
        ("cpu_s", math.inf),
        ("cpu_s", -0.1),
        ("cpu_s", 10**400),
        ("result", {}),
        ("result", "no JSON"),
        ("result", "NaN"),
        ("result", "\ud800"),
        ("result", "[" * 10_000),
        ("result", json.dumps("x" * MAX_RESULT_BYTES)),
    ],
)
def test_a_field_of_another_type_or_range_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="unreadable message"):
        decode(ended(**{field: value}))


def test_a_share_beyond_the_whole_is_the_whole() -> None:
    assert decode(b'{"type":"Progress","share":7}') == Progress(1.0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no such file: é 漢", "no such file: é 漢"),
        ("\ud800", "\\ud800"),
        ("a\x1b[31m\n\0b", "a\\x1b[31m\\n\\x00b"),
        ("\u202egpj", "\\u202egpj"),
        ("x" * 10_000, "x" * (MAX_ERROR_CHARS - 1) + "…"),
        ("\x1b" * MAX_ERROR_CHARS, ("\\x1b" * MAX_ERROR_CHARS)[: MAX_ERROR_CHARS - 1] + "…"),
    ],
)
def test_an_error_text_is_made_harmless_on_either_side(text: str, shown: str) -> None:
    assert decode(ended(error=text)) == Ended(End.RETRY, error=shown)
    assert decode(encode(Ended(End.RETRY, error=text))) == Ended(End.RETRY, error=shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a\n  b\n\n", "a\n  b"),
        ("a\tb\r\nc\x1b[2J\0", "a   b\nc\\x1b[2J\\x00"),
        ("\u202egpj\ud800", "\\u202egpj\\ud800"),
        ("one\u2028two", "one\ntwo"),
    ],
)
def test_a_line_is_made_harmless_on_either_side(text: str, shown: str) -> None:
    sent = json.dumps({"type": "Line", "level": "info", "at_ms": 1, "text": text}).encode()
    assert decode(sent) == Line("info", 1, shown)
    assert harmless_lines(shown) == shown


@pytest.mark.parametrize("text", ["x\n" * 5000, "\x1b" * 8000, "\t" * 8000, "\U0001f600" * 9000])
def test_of_a_long_line_begin_and_end_are_kept(text: str) -> None:
    shown = harmless_lines(f"begin{text}end")
    assert len(shown) <= MAX_LINE_CHARS
    assert (shown[:5], shown[-3:]) == ("begin", "end")
    assert "\n…\n" in shown
    assert harmless_lines(shown) == shown
    sent = encode(Line("info", 1, shown))
    assert len(sent) <= MAX_MESSAGE_BYTES
    assert decode(sent) == Line("info", 1, shown)


def test_a_class_name_is_cut() -> None:
    assert decode(ended(error_class="E\n" * 999)) == Ended(
        End.RETRY, error_class=harmless("E\n" * 999, 200)
    )
    assert len(harmless("E\n" * 999, 200)) == 200


def test_the_largest_message_fits() -> None:
    result = json.dumps('"' * (MAX_RESULT_BYTES // 2 - 1))
    message = Ended(End.PUBLISHED, error="\U0001f600" * MAX_ERROR_CHARS, result=result)
    assert len(result) == MAX_RESULT_BYTES
    assert list(take_messages(bytearray(framed(encode(message))))) == [message]


def test_messages_are_taken_from_pieces() -> None:
    sent = framed(encode(Progress(0.5))) + framed(encode(Ended(End.NOTED)))
    received = bytearray()
    taken: list[Message] = []
    for byte in sent:
        received.append(byte)
        taken += take_messages(received)
    assert taken == [Progress(0.5), Ended(End.NOTED)]
    assert not received


@pytest.mark.parametrize("length", [0, -1, -(2**31), MAX_MESSAGE_BYTES + 1, 2**31 - 1])
def test_an_impossible_length_is_refused_at_once(length: int) -> None:
    with pytest.raises(ValueError, match="impossible length"):
        list(take_messages(bytearray(struct.pack("!i", length))))

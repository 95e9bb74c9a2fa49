from __future__ import annotations

import json
from typing import Any

import pytest

from jobd.errors import PayloadRefused
from jobd.handlers.payloads import CropFrames, FullFrames, database_of, parse

FULL: dict[str, Any] = {"videoId": "v1", "videoPath": "/d/v.mp4", "dbPath": "/d/v.db"}
CROP = FULL | {"cropBounds": {"left": 0, "top": 10, "right": 20, "bottom": 31}}


def as_bytes(payload: object) -> bytes:
    return json.dumps(payload).encode()


def test_the_smallest_full_frames_payload_has_the_defaults() -> None:
    payload = parse(FullFrames, as_bytes(FULL))
    assert (payload.video_id, payload.video_path, payload.db_path) == ("v1", "/d/v.mp4", "/d/v.db")
    assert (payload.frame_rate, payload.quality, payload.store) == (0.1, 75, "database")
    assert payload.force is False
    assert payload.output_dir is None


def test_the_smallest_crop_frames_payload_has_the_defaults() -> None:
    payload = parse(CropFrames, as_bytes(CROP))
    assert (payload.frame_rate, payload.quality, payload.store) == (10.0, 75, "database")
    assert payload.crop_bounds_version is None
    assert (payload.crop_bounds.top, payload.crop_bounds.bottom) == (10, 31)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"videoId": None}, "videoId: "),
        ({"videoId": ""}, "videoId: "),
        ({"videoId": 7}, "videoId: .*string"),
        ({"videoPath": "v.mp4"}, "videoPath: .*absolute"),
        ({"videoPath": "/d/../etc/v.mp4"}, "videoPath: .*plain path"),
        ({"videoPath": "/d//v.mp4"}, "videoPath: .*plain path"),
        ({"videoPath": "/d/v\0.mp4"}, "videoPath: .*NUL"),
        ({"video_path": "/d/v.mp4"}, "video_path: .*not permitted"),
        ({"frameRate": 0}, "frameRate: .*greater than 0"),
        ({"frameRate": 10.5}, "frameRate: .*10"),
        ({"frameRate": "0.1"}, "frameRate: .*number"),
        ({"frameRate": float("nan")}, "frameRate: "),
        ({"frameRate": float("inf")}, "frameRate: "),
        ({"quality": 101}, "quality: "),
        ({"quality": 75.0}, "quality: .*integer"),
        ({"quality": True}, "quality: "),
        ({"store": "disk"}, "store: "),
        ({"store": "files"}, "needs outputDir"),
        ({"store": "files", "outputDir": "/d/out"}, None),
        ({"force": 1}, "force: "),
        ({"ocr": "no"}, "ocr: .*valid boolean"),
        ({"videoPath": "/d/v.db"}, "^payload: dbPath and videoPath name the same file$"),
    ],
)
def test_full_frames_payloads(change: dict[str, Any], sentence: str | None) -> None:
    payload = as_bytes(FULL | change)
    if sentence is None:
        parse(FullFrames, payload)
        return
    with pytest.raises(PayloadRefused, match=sentence):
        parse(FullFrames, payload)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"store": "files", "outputDir": "/d/out"}, "store: "),
        ({"store": "both", "outputDir": "/d/out"}, None),
        ({"cropBounds": {"left": 0, "top": 0, "right": 5}}, "cropBounds.bottom: .*required"),
        ({"cropBounds": {"left": 0.5, "top": 0, "right": 5, "bottom": 5}}, "cropBounds.left: "),
        ({"cropBoundsVersion": -1}, "cropBoundsVersion: "),
        ({"cropBoundsVersion": 3}, None),
        ({"frameRate": 25}, None),
    ],
)
def test_crop_frames_payloads(change: dict[str, Any], sentence: str | None) -> None:
    payload = as_bytes(CROP | change)
    if sentence is None:
        parse(CropFrames, payload)
        return
    with pytest.raises(PayloadRefused, match=sentence):
        parse(CropFrames, payload)


def test_a_key_that_stands_twice_is_refused() -> None:
    twice = as_bytes(FULL).replace(b"{", b'{"dbPath": "/d/other.db", ', 1)
    with pytest.raises(PayloadRefused, match="payload: dbPath: named twice"):
        parse(FullFrames, twice)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"videoId":"\\ud800","videoPath":"/d/v.mp4","dbPath":"/d/v.db"}',
        b'{"videoId":"v","videoPath":"/d/v.mp4","dbPath":"/d/v.db"}\x00',
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_payload_at_all_is_refused_in_one_line(raw: bytes) -> None:
    with pytest.raises(PayloadRefused) as caught:
        parse(FullFrames, raw)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (as_bytes(FULL | {"quality": 999}), "/d/v.db"),
        (as_bytes({"dbPath": "v.db"}), None),
        (b"\xff", None),
        (b"[]", None),
    ],
)
def test_the_database_is_found_even_where_the_rest_is_wrong(raw: bytes, path: str | None) -> None:
    assert database_of(raw) == path

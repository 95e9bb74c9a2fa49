"""A job in a few words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobd.report.brief import detail, made, reasons, without_folders
from tests.report.test_rows import NOW_MS, WAITING

RUNNING: dict[str, Any] = {"status": "running", "started_at_ms": NOW_MS - 10_000, "attempts": 1}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, ""),
        ({"run_at_ms": NOW_MS + 3_600_000}, "starts in 1h"),
        ({"run_at_ms": NOW_MS - 1}, ""),
        ({"attempts": 1, "run_at_ms": NOW_MS + 5000}, "next try in 5s"),
        ({"attempts": 1}, "next try now"),
        (RUNNING, "starting"),
        ({**RUNNING, "progress": 0.0}, "────── 0%"),
        ({**RUNNING, "progress": 0.019}, "────── 1%"),
        ({**RUNNING, "progress": 0.25}, "━╸──── 25%  30s left"),
        ({**RUNNING, "progress": 1.0}, "━━━━━━ 100%  0s left"),
        ({**RUNNING, "progress": 7.0}, "━━━━━━ 100%"),
        ({"status": "completed", "result": '{"frames": 1}'}, "1 frame"),
        ({"status": "failed", "error": "no"}, ""),
        ({"status": "cancelled"}, ""),
    ],
)
def test_how_far_it_is(columns: dict[str, Any], words: str) -> None:
    assert detail(replace(WAITING, **columns), NOW_MS, room=20).plain == words


@pytest.mark.parametrize(("room", "bar"), [(0, 4), (18, 4), (20, 6), (34, 20), (100, 20)])
def test_a_bar_takes_what_the_words_leave(room: int, bar: int) -> None:
    job = replace(WAITING, **RUNNING, progress=0.0)
    assert detail(job, NOW_MS, room).plain.count("─") == bar


def test_a_paused_kind_is_said_of_what_waits_alone() -> None:
    paused = ("full_frames",)
    assert detail(WAITING, NOW_MS, 20, paused).plain == "kind is paused"
    assert detail(replace(WAITING, **RUNNING), NOW_MS, 20, paused).plain == "starting"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, ""),
        ('{"frames": 5965, "width": 1080, "height": 90}', "5,965 frames, 1080x90"),
        ('{"frames": 6, "concealed": 3}', "6 frames, 3 damaged"),
        ('{"publishedBefore": true}', ""),
        ('{"frames": "many", "width": true, "height": -1, "concealed": 0.5}', ""),
        ("[1]", ""),
        ("no JSON", ""),
    ],
)
def test_what_it_made(result: str | None, words: str) -> None:
    assert made(replace(WAITING, status="completed", result=result)) == words


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("/srv/videos/0f8c/video.mp4 is no video", "…/video.mp4 is no video"),
        ("no such file: /data/x.mp4", "no such file: …/x.mp4"),
        ("'/a/b/c.db' and (/d/e)", "'…/c.db' and (…/e)"),
        ("3/4 of it, at 10 km/h", "3/4 of it, at 10 km/h"),
        ("ends in /srv/videos/", "ends in …/videos/"),
        ("/x", "/x"),
        ("a//b", "a//b"),
    ],
)
def test_paths_without_their_folders(text: str, short: str) -> None:
    assert without_folders(text) == short


def test_a_reason_is_in_one_harmless_line() -> None:
    job = replace(WAITING, status="failed", error="no\n\x1b[2J /a/b.mp4")
    assert [text.plain for text in reasons(job, NOW_MS)] == [
        "no \\x1b[2J /a/b.mp4",
        "no \\x1b[2J …/b.mp4",
    ]
    assert reasons(replace(WAITING, status="cancelled", error="Cancelled"), NOW_MS) == []
    assert reasons(WAITING, NOW_MS) == []

"""The command on a terminal: its width, its height, its colours, its signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.queue.lifecycle import Outcome
from jobd.report.text import width
from tests.support.terminal import in_terminal, without_colours

if TYPE_CHECKING:
    from tests.support.desk import Desk

VIDEO_PATH = "/srv/videos/0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c/video.mp4"
TOO_EARLY = f"{VIDEO_PATH} ends at 12.5 s of 55.1 s: perhaps it is still being written"


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """What runs, waits and has ended."""
    for outcome in (Outcome.COMPLETED, Outcome.FAILED, Outcome.RETRY):
        desk.add()
        desk.run(outcome, error=None if outcome is Outcome.COMPLETED else TOO_EARLY)
    for _ in range(60):
        desk.add("crop_frames")
    desk.progress(desk.lease(), 0.5)
    return desk


def seen(desk: Desk, *more: str, columns: int = 80, environ: dict[str, str] | None = None) -> str:
    return in_terminal("inspect", "--db", desk.path, *more, columns=columns, environ=environ)


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(busy: Desk, columns: int) -> None:
    head, _, listing = without_colours(seen(busy, columns=columns)).partition("\n\n")
    assert head.splitlines()[0].split()[0] == "queue"
    assert [line for line in listing.splitlines() if width(line) > columns] == []
    assert "✗ failed" in listing


def test_at_80_columns_the_error_stands_below_its_job_without_its_folders(busy: Desk) -> None:
    lines = without_colours(seen(busy)).splitlines()
    at = next(n for n, line in enumerate(lines) if "✗ failed" in line)
    assert (
        lines[at + 1]
        == "    …/video.mp4 ends at 12.5 s of 55.1 s: perhaps it is still being written"
    )


def test_a_reason_that_is_too_long_for_a_line_has_two(desk: Desk) -> None:
    desk.add()
    roots = "videoPath /etc/passwd lies outside the roots (/srv/videos): add its folder to 'roots'"
    desk.run(Outcome.FAILED, error=roots + " and so on" * 30)
    *_, first, second = without_colours(seen(desk)).splitlines()
    assert first == "    videoPath /etc/passwd lies outside the roots (/srv/videos): add its folder"
    assert second.startswith("    to 'roots' and so on")
    assert second.endswith("…")
    assert width(second) <= 80


def test_at_200_columns_there_is_room_for_all_of_it(busy: Desk) -> None:
    listing = without_colours(seen(busy, columns=200))
    failed = next(line for line in listing.splitlines() if "✗ failed" in line)
    assert failed.endswith(
        "  …/video.mp4 ends at 12.5 s of 55.1 s: perhaps it is still being written"
    )
    assert "CREATED (UTC)" in listing
    assert "KEY" not in listing


def test_the_look_is_no_higher_than_the_terminal_and_has_some_of_all(busy: Desk) -> None:
    text = without_colours(seen(busy))
    assert len(text.splitlines()) <= 23  # and the prompt
    for word in ("● running", "○ queued", "✗ failed", "✓ completed"):
        assert word in text
    assert "more: -n 100 shows 100, -n 0 all" in text
    assert without_colours(seen(busy, "-n", "0")).count("\n") > 60


def test_wide_cuts_nothing(busy: Desk) -> None:
    text = without_colours(seen(busy, "--wide", "--status", "failed"))
    assert TOO_EARLY in text
    assert "0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c  -" in text  # its key


@pytest.mark.parametrize(
    ("environ", "coloured", "sign"),
    [
        ({}, True, "✗"),
        ({"NO_COLOR": "1"}, False, "✗"),
        ({"TERM": "dumb"}, False, "✗"),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, True, "!"),
    ],
)
def test_colours_and_signs_follow_the_environment(
    busy: Desk, environ: dict[str, str], *, coloured: bool, sign: str
) -> None:
    text = seen(busy, environ=environ)
    assert ("\x1b[31m" in text) == coloured
    assert f"{sign} failed" in text
    assert text.isascii() == (sign == "!")


def test_a_row_cannot_colour_the_terminal(desk: Desk) -> None:
    desk.add(payload={"videoId": "\x1b[35m\ud800", "dbPath": "/x"}, unique_key="\x1b[2J")
    desk.run(Outcome.FAILED, error="\x1b]0;title\x07")
    for more in ((), ("1",), ("--wide",)):
        text = seen(desk, *more, environ={"NO_COLOR": "1"})
        assert "\x1b" not in text
        assert "\\x1b[35m" in text


def test_a_job_and_a_video_by_the_first_characters_of_its_id(busy: Desk) -> None:
    job = seen(busy, "2")
    assert without_colours(job).startswith("✗ job 2: full_frames, failed\n")
    assert "\x1b[31m" in job
    video = without_colours(seen(busy, "--video", "0f8c2a5…"))
    assert video.startswith("video   0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c\n")


def test_what_cannot_be_meant_is_said_in_a_line(busy: Desk) -> None:
    busy.add(payload={"videoId": "0f00", "dbPath": "/x"})
    for more, words in {
        ("7", "-n", "3"): "an ID is one job: leave the filters and -n out",
        ("-n", "-1"): "'-1' is below 0",
        ("--video", "0f"): "several videos begin with '0f': 0f00, 0f8c2a5e-",
        ("--video", "none"): "no job of a video 'none'",
        ("--kind", "fly"): "no kind 'fly' here; known: crop_frames, full_frames",
    }.items():
        said = seen(busy, *more)
        assert words in said
        assert said.count("\n") == 1
    assert "no job that is meant" in seen(busy, "--status", "cancelled")

"""Errors of one cause read alike."""

from __future__ import annotations

import pytest

from jobd.report.fold import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("no video at /srv/videos/7/video.mp4", "no video at <path>"),
        ("cannot open '/srv/my videos/a.mp4': gone", "cannot open '<path>': gone"),
        ("/a/b: /c/d", "<path>: <path>"),
        ("ends after 12.5 s of 3600 s", "ends after N s of N s"),
        ("outside of 1280x720", "outside of NxN"),
        ("video 0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c is gone", "video <id> is gone"),
        ("hash deadbeef01 differs", "hash <id> differs"),
        ("at 0x7f3A", "at N"),
        ("no decoder for H.264", "no decoder for H.264"),
        ("killed by SIGSEGV", "killed by SIGSEGV"),
        ("facade, decade", "facade, decade"),
        ("1,234 of 5,678 frames", "N of N frames"),
        ("took -3 s", "took N s"),
        ("and/or", "and/or"),
        ("one\ntwo \x1b[2J", r"one two \x1b[NJ"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_long_text_is_cut() -> None:
    assert len(fold("word " * 1000)) <= 300

"""Errors of one cause told as one: what differs from job to job is folded away (pure)."""

from __future__ import annotations

import re

from jobd.report.text import harmless

_LONGEST = 300
_FOLDS = (
    (re.compile(r"(['\"])/[^'\"]*\1"), r"\1<path>\1"),
    (re.compile(r"(?<![\w<>/])(?:/[^\s/:'\",;()<>]+)+/?"), "<path>"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<id>"),
    (re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b"), "<id>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "N"),
    (re.compile(r"\b\d+x\d+\b"), "NxN"),
    (re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*"), "N"),
)


def fold(text: str) -> str:
    """One line with "<path>", "<id>" and "N" where paths, ids and numbers stood."""
    line = harmless(text[:_LONGEST])
    for pattern, word in _FOLDS:
        line = pattern.sub(word, line)
    return line

"""Where the engine fell back to decoding everything, which it says in its log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

_SAID = ("decoding all of it", "decoding only what the images need")


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Why everything was decoded, for each time it was; fails where the log says of no way."""
    ways = list(_ways(caplog))
    assert ways, "it did not say which way it went"
    return [way for way in ways if _SAID[0] in way]


def _ways(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    assert logging.getLogger("jobd").isEnabledFor(logging.INFO)
    for record in caplog.records:
        if any(said in record.getMessage() for said in _SAID):
            yield record.getMessage()

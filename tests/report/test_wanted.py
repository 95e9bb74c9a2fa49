from __future__ import annotations

import pytest

from jobd.errors import UsageError
from jobd.report.wanted import STATES, Wanted, shares, shown_state, span_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", 90_000),
        ("15m", 900_000),
        ("2h", 7_200_000),
        ("1h30m", 5_400_000),
        ("1.5d", 129_600_000),
        ("1w", 604_800_000),
        ("250ms", 250),
        ("0s", 0),
    ],
)
def test_a_span_is_read_as_people_write_it(text: str, ms: int) -> None:
    assert span_ms(text) == ms


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "2h!", "-2h", "2y", "1e9d"])
def test_what_is_no_span_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is no span of time: write 90s, 15m, 2h, 7d or 1h30m"):
        span_ms(text)


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((2, 100, 100), (2, 6, 7)),
        ((2, 3, 100), (2, 3, 10)),
        ((2, 100, 3), (2, 10, 3)),
        ((0, 100, 0), (0, 15, 0)),
        ((20, 100, 100), (15, 0, 0)),
    ],
)
def test_what_runs_is_shown_first_and_the_rest_share_the_room(
    there: tuple[int, int, int], shown: tuple[int, int, int]
) -> None:
    assert shares(15, *there) == shown


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (("running", 0, 1), "running"),
        (("queued", 0, 0), "queued"),
        (("queued", 99, 0), "queued"),
        (("queued", 101, 0), "scheduled"),
        (("queued", 101, 1), "retrying"),
        (("queued", 0, 1), "retrying"),
        (("failed", 0, 3), "failed"),
    ],
)
def test_a_waiting_row_is_called_by_what_it_waits_for(
    row: tuple[str, int, int], state: str
) -> None:
    assert shown_state(*row, now_ms=100) == state


def test_nothing_said_means_every_state() -> None:
    assert Wanted().shown == STATES
    assert Wanted(states=("failed", "running")).shown == ("running", "failed")
    assert Wanted().is_all
    assert not Wanted(kind="crop_frames").is_all

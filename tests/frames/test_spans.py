from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.frames.plan import Plan, Shot
from jobd.frames.spans import Packets, needs_of, shares_of, spans_of


def plan_for(*wanted: int) -> Plan:
    shots = tuple(Shot(pts, 0, range(k, k + 1)) for k, pts in enumerate(sorted(wanted)))
    return Plan(shots, len(shots), Fraction(1), max(wanted))


def stretches(packets: Packets, *wanted: int) -> list[tuple[int, int, list[int]]]:
    spans = spans_of(packets, needs_of(packets, plan_for(*wanted)))
    return [(span.first, span.end, sorted(span.targets)) for span in spans]


# Two GOPs of four, B-frames stored after the frame that they refer to; then one open GOP:
# the keyframe 11 is stored at 8, its leading pictures 9 and 10 behind it.
PACKETS = Packets(
    pts=[0, 3, 1, 2, 4, 7, 5, 6, 11, 9, 10, 12],
    dts=list(range(-1, 11)),
    keys=[0, 4, 8],
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((0,), [(0, 1, [0])]),
        ((2,), [(0, 4, [2])]),
        ((3,), [(0, 2, [3])]),
        ((0, 6), [(0, 1, [0]), (4, 8, [6])]),
        ((2, 5), [(0, 4, [2]), (4, 7, [5])]),  # the next GOP begins where the need ends
        ((10,), [(4, 11, [10])]),  # a leading picture: from the keyframe before
        ((11,), [(8, 9, [11])]),
        ((9, 12), [(4, 12, [9, 12])]),
        ((0, 11), [(0, 1, [0]), (8, 9, [11])]),
    ],
)
def test_what_must_be_decoded(
    wanted: tuple[int, ...], expected: list[tuple[int, int, list[int]]]
) -> None:
    assert stretches(PACKETS, *wanted) == expected


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (1, [[0], [5, 7, 9], [11, 12]]),  # 9 begins with the keyframe that 5 begins with
        (2, [[0, 5, 7, 9], [11, 12]]),
        (5, [[0, 5, 7, 9, 11, 12]]),
        (100, [[0, 5, 7, 9, 11, 12]]),
    ],
)
def test_shares_are_cut_between_keyframes(images: int, expected: list[list[int]]) -> None:
    needs = needs_of(PACKETS, plan_for(0, 5, 7, 9, 11, 12))
    shares = [[PACKETS.pts[n.ordinal] for n in share] for share in shares_of(needs, images)]
    assert [sorted(share) for share in shares] == expected


@pytest.mark.parametrize(
    ("packets", "orderly"),
    [
        (PACKETS, True),
        (Packets([0, 1], [0, 1], []), False),  # no keyframe
        (Packets([0, 1], [0, 1], [1]), False),  # begins with something else
        (Packets([0, 1, 1], [0, 1, 2], [0]), False),  # a timestamp twice
        (Packets([0, 1], [5, 5], [0]), False),  # not in order of decoding
        (Packets([2, 1, 3], [0, 1, 2], [0]), False),  # shown before the first keyframe
    ],
)
def test_what_counts_as_orderly(packets: Packets, *, orderly: bool) -> None:
    assert packets.orderly() is orderly


@given(
    gops=st.lists(st.integers(1, 6), min_size=1, max_size=8),
    picks=st.sets(st.integers(0, 47), min_size=1),
)
def test_every_target_lies_in_one_span_behind_its_keyframe(
    gops: list[int], picks: set[int]
) -> None:
    count = sum(gops)
    keys = [sum(gops[:n]) for n in range(len(gops))]
    packets = Packets(range(count), range(count), keys)
    wanted = {pick % count for pick in picks}
    spans = spans_of(packets, needs_of(packets, plan_for(*wanted)))
    found = [pts for span in spans for pts in span.targets]
    assert found == sorted(wanted)
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.first
    for span in spans:
        assert span.first in keys
        assert span.end - 1 == max(span.targets)
        fed = set(range(span.first, span.end))
        assert {k for k in keys if k in fed} >= {
            max(k for k in keys if k <= t) for t in span.targets
        }

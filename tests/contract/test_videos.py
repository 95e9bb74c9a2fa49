"""A video's jobs are found by its id, whoever writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.queuefile import payload

if TYPE_CHECKING:
    from tests.support.queuefile import Writer


def videos(writer: Writer) -> list[list[object]]:
    return writer.run("SELECT video_id, job_id FROM job_videos ORDER BY job_id, video_id")


def test_a_row_is_found_by_its_video_until_it_is_deleted(writer: Writer) -> None:
    first, second = (writer.insert(payload=payload(video)) for video in "ab")
    assert videos(writer) == [["a", first], ["b", second]]
    writer.run("DELETE FROM jobs WHERE id = ?", first)
    assert videos(writer) == [["b", second]]


def test_a_new_payload_of_another_video_moves_it(writer: Writer) -> None:
    job = writer.insert(payload=payload("a"))
    writer.run("UPDATE jobs SET payload = ? WHERE id = ?", payload("b"), job)
    assert videos(writer) == [["b", job]]


@pytest.mark.parametrize("video_id", [7, True, ["a"], {"a": 1}])
def test_what_is_no_text_names_no_video(writer: Writer, video_id: object) -> None:
    whole = json.loads(payload("a")) | {"videoId": video_id}
    job = writer.insert(payload=json.dumps(whole))
    assert videos(writer) == []
    writer.run("UPDATE jobs SET payload = ? WHERE id = ?", payload("a"), job)
    assert videos(writer) == [["a", job]]

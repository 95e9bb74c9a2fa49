"""Images become visible, in rows and as files at once."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from jobd.videodb import fence
from jobd.videodb.publish import publish, publish_without_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.handlers.files import Folder
    from jobd.videodb.stage import Stage


def show(
    stage: Stage,
    folder: Folder | None,
    finish: Callable[[], None],
    tick: Callable[[], None],
    *,
    in_rows: bool,
) -> None:
    """Publish rows and files together: the files' renames stand or fall with the rows' commit.

    Args:
        stage: The images as rows, if they are wanted so.
        folder: The images as files; None: none are wanted.
        finish: Runs last before the commit, in its transaction.
        tick: Called while old rows and files are removed.
        in_rows: Whether they are wanted as rows.

    Raises:
        FenceLost: A newer attempt writes here now; nothing is shown.
        VideoDeleted: The app deleted the video.
        RetryableError: The app changed the table's definition meanwhile.
    """
    publish_all = partial(_publish, stage, tick=tick, in_rows=in_rows)
    if folder is None:
        publish_all(finish)
        return

    def finish_all() -> None:
        finish()
        folder.swap_in()

    folder.seal()
    with _swapped_back_unless_committed(stage, folder):
        publish_all(finish_all)
    folder.clear_old(tick)


def _publish(
    stage: Stage, finish: Callable[[], None], tick: Callable[[], None], *, in_rows: bool
) -> None:
    if in_rows:
        publish(stage, finish, tick)
    else:
        publish_without_frames(stage.video, stage.target, stage.work, finish)


@contextmanager
def _swapped_back_unless_committed(stage: Stage, folder: Folder) -> Iterator[None]:
    """An error may also come after the commit, from the removal of old rows."""
    try:
        yield
    except BaseException:
        committed = False
        with suppress(Exception):  # a database that cannot be read was not committed to
            committed = fence.committed(stage.video, stage.target, stage.work)
        if not committed:
            folder.swap_back()
        raise

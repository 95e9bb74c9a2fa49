"""What a job learns about the video, and what it must ask before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobd.videodb.database import VideoDb


def write_layout(video: VideoDb, width_px: int, height_px: int) -> None:
    """Keep the picture's size where the app looks for it; crop bounds stay as they are.

    Args:
        video: In the caller's transaction.
        width_px: The JPEGs' own width.
        height_px: The JPEGs' own height.
    """
    video.row("layout_write", width=width_px, height=height_px)


def fill_metadata(
    video: VideoDb,
    *,
    duration_s: float,
    width_px: int,
    height_px: int,
    fps: float | None,
    codec: str,
) -> None:
    """Fill what the app left empty in video_metadata; no row and no table is ever made."""
    if video.row("has_column", table="video_metadata", column="id") is None:
        return
    video.row(
        "metadata_fill",
        duration_s=duration_s,
        width=width_px,
        height=height_px,
        fps=fps,
        codec=codec,
    )


def crop_bounds_version(video: VideoDb, left: int, top: int, right: int, bottom: int) -> int:
    """The version of the app's crop bounds, if these are they; else 0."""
    row = video.row("layout_version", left=left, top=top, right=right, bottom=bottom)
    return int(str(row[0])) if row else 0


def user_labels(video: VideoDb) -> bool:
    """Whether a person has labelled boxes of full frames: other frames would move them."""
    known = video.row("has_column", table="full_frame_box_labels", column="label_source")
    return known is not None and video.row("labels_of_users") is not None

"""Every column of both status rows, before and after every event, in words of the tests' own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.videodb.status import CropFramesStatus, FullFramesStatus

NOW = object()
OLD = "2001-02-03 04:05:06"

# A row in which every column has something to lose.
FULL_BEFORE: dict[str, Any] = {
    "id": 1,
    "status": "analyzing_layout",
    "upload_progress": 0.75,
    "frame_extraction_progress": 0.31,
    "ocr_progress": 0.32,
    "layout_analysis_progress": 0.33,
    "error_message": "old message",
    "error_details": "old details",
    "current_job_id": "old pid",
    "processing_attempts": 7,
    "last_heartbeat_at": OLD,
    "deleted": 0,
    "deleted_at": OLD,
    "upload_started_at": OLD,
    "upload_completed_at": OLD,
    "processing_started_at": OLD,
    "processing_completed_at": OLD,
    "error_occurred_at": OLD,
    "created_at": OLD,
    "updated_at": OLD,
}
NO_ERROR: dict[str, Any] = {
    "error_message": None,
    "error_details": None,
    "error_occurred_at": None,
}
ALL_DONE: dict[str, Any] = {
    "frame_extraction_progress": 1.0,
    "ocr_progress": 1.0,
    "layout_analysis_progress": 1.0,
    "current_job_id": None,
    "last_heartbeat_at": NOW,
    "processing_completed_at": NOW,
}
DETAILS = {"jobId": 3, "reason": "näh\u2019", "share": 0.5}
FAILED: dict[str, Any] = {
    "status": "error",
    "error_message": "no such frame",
    "error_details": json.dumps(DETAILS),
    "error_occurred_at": NOW,
    "current_job_id": None,
}

FULL_EVENTS: list[tuple[str, Callable[[FullFramesStatus], None], dict[str, Any]]] = [
    (
        "started",
        lambda status: status.started(4321, 2),
        NO_ERROR
        | {
            "status": "extracting_frames",
            "frame_extraction_progress": 0.0,
            "ocr_progress": 0.0,
            "layout_analysis_progress": 0.0,
            "current_job_id": "4321",
            "processing_attempts": 2,
            "last_heartbeat_at": NOW,
            "processing_started_at": NOW,
            "processing_completed_at": None,
        },
    ),
    (
        "progress",
        lambda status: status.progress(0.625),
        {"frame_extraction_progress": 0.625, "last_heartbeat_at": NOW},
    ),
    (
        "waiting",
        lambda status: status.waiting(),
        NO_ERROR | {"status": "upload_complete", "current_job_id": None},
    ),
    ("failed", lambda status: status.failed("no such frame", DETAILS), FAILED),
    (
        "complete",
        lambda status: status.complete("processing_complete"),
        NO_ERROR | ALL_DONE | {"status": "processing_complete"},
    ),
    (
        "complete, OCR elsewhere",
        lambda status: status.complete("running_ocr"),
        NO_ERROR | ALL_DONE | {"status": "running_ocr"},
    ),
]

CROP_BEFORE: dict[str, Any] = {
    "id": 1,
    "status": "error",
    "processing_started_at": OLD,
    "processing_completed_at": OLD,
    "current_job_id": "old pid",
    "error_message": "old message",
    "error_details": "old details",
    "error_occurred_at": OLD,
    "retry_count": 5,
}
CROP_EVENTS: list[tuple[str, Callable[[CropFramesStatus], None], dict[str, Any]]] = [
    (
        "started",
        lambda status: status.started(4321, 2),
        NO_ERROR
        | {
            "status": "processing",
            "current_job_id": "4321",
            "processing_started_at": NOW,
            "processing_completed_at": None,
        },
    ),
    ("progress", lambda status: status.progress(0.5), {}),
    (
        "waiting",
        lambda status: status.waiting(),
        NO_ERROR | {"status": "queued", "current_job_id": None},
    ),
    ("failed", lambda status: status.failed("no such frame", DETAILS), FAILED),
    (
        "complete",
        lambda status: status.complete(),
        NO_ERROR
        | {
            "status": "complete",
            "current_job_id": None,
            "processing_completed_at": NOW,
            "retry_count": 0,
        },
    ),
]

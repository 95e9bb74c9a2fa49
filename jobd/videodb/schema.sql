-- What a video's database must hold before a job writes to it. A block is named after its
-- table; columns that an older database lacks are read off these very statements.

-- name: full_frames
-- Pictures of the whole frame.
CREATE TABLE full_frames (
    frame_index INTEGER PRIMARY KEY,
    image_data BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_size INTEGER NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);

-- name: cropped_frames
-- Pictures of the caption area, with the bounds they were cut by.
CREATE TABLE cropped_frames (
    frame_index INTEGER PRIMARY KEY,
    image_data BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_size INTEGER NOT NULL,
    crop_left INTEGER NOT NULL,
    crop_top INTEGER NOT NULL,
    crop_right INTEGER NOT NULL,
    crop_bottom INTEGER NOT NULL,
    crop_bounds_version INTEGER DEFAULT 1,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX idx_cropped_frames_crop_version ON cropped_frames(crop_bounds_version);

-- name: processing_status
-- The upload's and full_frames' one row, with all of the app's columns.
CREATE TABLE processing_status (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    status TEXT NOT NULL DEFAULT 'uploading' CHECK(status IN (
        'uploading', 'upload_complete', 'pending_duplicate_resolution', 'extracting_frames',
        'running_ocr', 'analyzing_layout', 'processing_complete', 'error'
    )),
    upload_progress REAL DEFAULT 0.0,
    frame_extraction_progress REAL DEFAULT 0.0,
    ocr_progress REAL DEFAULT 0.0,
    layout_analysis_progress REAL DEFAULT 0.0,
    error_message TEXT,
    error_details TEXT,
    current_job_id TEXT,
    processing_attempts INTEGER NOT NULL DEFAULT 0,
    last_heartbeat_at TEXT,
    deleted INTEGER NOT NULL DEFAULT 0,
    deleted_at TEXT,
    upload_started_at TEXT,
    upload_completed_at TEXT,
    processing_started_at TEXT,
    processing_completed_at TEXT,
    error_occurred_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

-- name: crop_frames_status
-- crop_frames' one row; retry_count is the app's own count.
CREATE TABLE crop_frames_status (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    status TEXT NOT NULL DEFAULT 'queued',
    processing_started_at TEXT,
    processing_completed_at TEXT,
    current_job_id TEXT,
    error_message TEXT,
    error_details TEXT,
    error_occurred_at TEXT,
    retry_count INTEGER NOT NULL DEFAULT 0
);

-- name: full_frame_ocr
-- Text found on full frames, as fractions of the picture; y counts from the bottom.
CREATE TABLE full_frame_ocr (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    frame_index INTEGER NOT NULL,
    box_index INTEGER NOT NULL,
    text TEXT NOT NULL,
    confidence REAL NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    width REAL NOT NULL,
    height REAL NOT NULL,
    timestamp_seconds REAL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE(frame_index, box_index)
);

-- name: video_layout_config
-- The picture's size and where to crop.
CREATE TABLE video_layout_config (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    frame_width INTEGER NOT NULL,
    frame_height INTEGER NOT NULL,
    crop_left INTEGER NOT NULL DEFAULT 0,
    crop_top INTEGER NOT NULL,
    crop_right INTEGER NOT NULL,
    crop_bottom INTEGER NOT NULL,
    crop_bounds_version INTEGER NOT NULL DEFAULT 1,
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

-- name: video_metadata
-- Never made by jobd: only the columns that it fills, where the app's table lacks them.
CREATE TABLE video_metadata (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    duration_seconds REAL,
    width INTEGER,
    height INTEGER,
    fps REAL,
    codec TEXT
);

-- name: jobd_fence
-- Which attempt may write a target now, whether its work is published, and how many frames of it
-- are shown already while their text is still to be read.
CREATE TABLE IF NOT EXISTS jobd_fence (
    target TEXT PRIMARY KEY NOT NULL,
    queue_id TEXT NOT NULL,
    attempt_id INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    round INTEGER NOT NULL,
    published INTEGER NOT NULL,
    shown INTEGER NOT NULL DEFAULT 0
);

-- A video's database just after its upload, as far as jobd meets it; jobd adds the tables of its own.

BEGIN IMMEDIATE;

CREATE TABLE IF NOT EXISTS video_metadata (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    video_id TEXT NOT NULL,
    original_filename TEXT NOT NULL,
    file_size_bytes INTEGER NOT NULL,
    uploaded_at TEXT NOT NULL DEFAULT (datetime('now')),
    duration_seconds REAL,
    width INTEGER,
    height INTEGER,
    fps REAL,
    codec TEXT
);

CREATE TABLE IF NOT EXISTS processing_status (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    status TEXT NOT NULL DEFAULT 'uploading' CHECK (status IN (
        'uploading', 'upload_complete', 'extracting_frames', 'running_ocr', 'analyzing_layout',
        'processing_complete', 'error'
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
    processing_started_at TEXT,
    processing_completed_at TEXT,
    error_occurred_at TEXT
);

CREATE TABLE IF NOT EXISTS video_layout_config (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    frame_width INTEGER NOT NULL,
    frame_height INTEGER NOT NULL,
    crop_left INTEGER NOT NULL DEFAULT 0,
    crop_top INTEGER NOT NULL,
    crop_right INTEGER NOT NULL,
    crop_bottom INTEGER NOT NULL,
    crop_bounds_version INTEGER NOT NULL DEFAULT 1
);

INSERT OR IGNORE INTO processing_status (id, status, upload_progress) VALUES (1, 'upload_complete', 1.0);

COMMIT;

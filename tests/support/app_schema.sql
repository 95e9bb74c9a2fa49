-- A video's database as the app makes it: the same tables, columns, CHECKs, indexes and
-- triggers, as far as jobd or a reader of its results can meet them.

CREATE TABLE captions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    start_frame_index INTEGER NOT NULL,
    end_frame_index INTEGER NOT NULL,
    boundary_state TEXT NOT NULL DEFAULT 'predicted'
        CHECK(boundary_state IN ('predicted', 'confirmed', 'gap', 'issue')),
    boundary_pending INTEGER NOT NULL DEFAULT 0 CHECK(boundary_pending IN (0, 1)),
    boundary_updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    text TEXT,
    text_pending INTEGER NOT NULL DEFAULT 0 CHECK(text_pending IN (0, 1)),
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX idx_captions_frame_range ON captions(start_frame_index, end_frame_index);

-- Boxes that OCR found on full frames; y counts from the bottom.
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
    predicted_label TEXT CHECK(predicted_label IN ('in', 'out')),
    predicted_confidence REAL
        CHECK(predicted_confidence >= 0.0 AND predicted_confidence <= 1.0),
    model_version TEXT,
    predicted_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE(frame_index, box_index)
);
CREATE INDEX idx_full_frame_ocr_frame ON full_frame_ocr(frame_index);

-- What people said about those boxes.
CREATE TABLE full_frame_box_labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    annotation_source TEXT NOT NULL DEFAULT 'full_frame'
        CHECK(annotation_source IN ('full_frame', 'cropped_frame')),
    frame_index INTEGER NOT NULL,
    box_index INTEGER NOT NULL,
    box_text TEXT NOT NULL,
    box_left INTEGER NOT NULL,
    box_top INTEGER NOT NULL,
    box_right INTEGER NOT NULL,
    box_bottom INTEGER NOT NULL,
    label TEXT NOT NULL CHECK(label IN ('in', 'out')),
    label_source TEXT NOT NULL CHECK(label_source IN ('user', 'model')),
    predicted_label TEXT CHECK(predicted_label IN ('in', 'out')),
    predicted_confidence REAL
        CHECK(predicted_confidence >= 0.0 AND predicted_confidence <= 1.0),
    model_version TEXT,
    crop_bounds_version INTEGER,
    labeled_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE(annotation_source, frame_index, box_index)
);
CREATE INDEX idx_full_frame_box_labels_user
ON full_frame_box_labels(label_source, labeled_at)
WHERE label_source = 'user';

-- JPEGs of the whole picture; the comments below stay in sqlite_schema, as the app's do.
CREATE TABLE full_frames (
    frame_index INTEGER PRIMARY KEY,
    image_data BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_size INTEGER NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);

-- JPEGs of the caption area.
CREATE TABLE cropped_frames (
    frame_index INTEGER PRIMARY KEY,
    image_data BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_size INTEGER NOT NULL,
    crop_left INTEGER NOT NULL,  -- pixels of the full frame; as they were cropped_frames
    crop_top INTEGER NOT NULL,
    crop_right INTEGER NOT NULL,
    crop_bottom INTEGER NOT NULL,
    crop_bounds_version INTEGER DEFAULT 1,  -- which bounds (see video_layout_config)
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX idx_cropped_frames_crop_version ON cropped_frames(crop_bounds_version);

CREATE TABLE video_layout_config (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    frame_width INTEGER NOT NULL,
    frame_height INTEGER NOT NULL,
    crop_left INTEGER NOT NULL DEFAULT 0,
    crop_top INTEGER NOT NULL,
    crop_right INTEGER NOT NULL,
    crop_bottom INTEGER NOT NULL,
    selection_left INTEGER,
    selection_top INTEGER,
    selection_right INTEGER,
    selection_bottom INTEGER,
    anchor_type TEXT CHECK(anchor_type IN ('left', 'center', 'right')),
    anchor_position INTEGER,
    crop_bounds_version INTEGER NOT NULL DEFAULT 1,
    analysis_model_version TEXT,
    ocr_visualization_image BLOB,
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE video_preferences (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    layout_approved INTEGER NOT NULL DEFAULT 0 CHECK(layout_approved IN (0, 1)),
    index_framerate_hz REAL DEFAULT 10.0,
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE video_metadata (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    video_id TEXT NOT NULL,
    video_hash TEXT NOT NULL,
    storage_path TEXT NOT NULL,
    display_path TEXT NOT NULL,
    original_filename TEXT NOT NULL,
    file_size_bytes INTEGER NOT NULL,
    uploaded_at TEXT NOT NULL DEFAULT (datetime('now')),
    upload_method TEXT CHECK(upload_method IN ('web_upload', 'api_upload', 'manual')),
    duration_seconds REAL,
    width INTEGER,
    height INTEGER,
    fps REAL,
    codec TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

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
    deleted INTEGER NOT NULL DEFAULT 0 CHECK(deleted IN (0, 1)),
    deleted_at TEXT,
    upload_started_at TEXT,
    upload_completed_at TEXT,
    processing_started_at TEXT,
    processing_completed_at TEXT,
    error_occurred_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE text_review_status (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN ('pending', 'complete')),
    last_updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    review_completed_at TEXT
);

CREATE TRIGGER update_boundary_timestamp
AFTER UPDATE OF start_frame_index, end_frame_index, boundary_state, boundary_pending ON captions
BEGIN
    UPDATE captions SET boundary_updated_at = datetime('now') WHERE id = NEW.id;
END;

CREATE TABLE database_metadata (
    id INTEGER PRIMARY KEY CHECK(id = 1),
    schema_version INTEGER NOT NULL,
    schema_checksum TEXT,
    created_at TEXT NOT NULL,
    migrated_at TEXT,
    verified_at TEXT
);

-- name: is_deleted
-- Older databases lack the column: no row then, as if it were 0.
SELECT 1 FROM processing_status WHERE id = 1 AND deleted = 1

-- name: has_column
-- Asked before a statement that would not even compile without it.
SELECT 1 FROM pragma_table_info(:table) WHERE name = :column COLLATE NOCASE

-- name: columns
-- What ALTER TABLE needs to know of a column; no rows where there is no such table.
SELECT lower(name), type, "notnull", dflt_value FROM pragma_table_info(:table)

-- name: known_tables
-- At least one of them makes a file a video's database, and not some other program's.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND lower(name) IN
    ('captions', 'video_metadata', 'processing_status', 'full_frames', 'cropped_frames')

-- name: strangers
-- Triggers that would run with our writes, and views where a table should be. None is the app's own.
SELECT type, name, tbl_name FROM sqlite_schema
WHERE type IN ('trigger', 'view') AND lower(tbl_name) IN (SELECT value FROM json_each(:tables))

-- name: fence_take
-- The newest attempt of a queue wins; another queue's fence is of a queue that is no more.
INSERT INTO jobd_fence (target, queue_id, attempt_id, job_id, round, published)
VALUES (:target, :queue_id, :attempt_id, :job_id, :round, 0)
ON CONFLICT (target) DO UPDATE SET
    queue_id = excluded.queue_id,
    attempt_id = excluded.attempt_id,
    job_id = excluded.job_id,
    round = excluded.round,
    published = published AND queue_id = excluded.queue_id
        AND job_id = excluded.job_id AND round = excluded.round,
    shown = shown * (queue_id = excluded.queue_id
        AND job_id = excluded.job_id AND round = excluded.round)
WHERE queue_id <> excluded.queue_id OR attempt_id <= excluded.attempt_id
RETURNING published

-- name: fence_hold
-- No row back: the fence is another attempt's. A fence that vanished is made anew.
INSERT INTO jobd_fence (target, queue_id, attempt_id, job_id, round, published)
VALUES (:target, :queue_id, :attempt_id, :job_id, :round, 0)
ON CONFLICT (target) DO UPDATE SET attempt_id = excluded.attempt_id
WHERE queue_id = excluded.queue_id AND attempt_id = excluded.attempt_id
RETURNING attempt_id

-- name: fence_publish
-- The same transaction shows the frames.
UPDATE jobd_fence SET published = 1
WHERE target = :target AND queue_id = :queue_id AND attempt_id = :attempt_id
RETURNING attempt_id

-- name: fence_published
-- The same work, whichever attempt of it.
SELECT 1 FROM jobd_fence
WHERE target = :target AND queue_id = :queue_id AND job_id = :job_id AND round = :round
    AND published = 1

-- name: fence_show
-- The same transaction shows the frames, but not yet their boxes: with that the work is not published.
-- 0 where they count no more.
UPDATE jobd_fence SET shown = :frames, published = 0
WHERE target = :target AND queue_id = :queue_id AND attempt_id = :attempt_id
RETURNING shown

-- name: fence_shown
-- The frames of this work, whichever attempt made them; 0 where the app has removed some.
SELECT shown FROM jobd_fence
WHERE target = :target AND queue_id = :queue_id AND job_id = :job_id AND round = :round
    AND shown = (SELECT count(*) FROM full_frames)

-- name: fence_newer
-- A notice speaks for attempts up to its own id only.
SELECT attempt_id FROM jobd_fence
WHERE target = :target AND queue_id = :queue_id AND attempt_id > :attempt_id

-- name: fence_read
-- Who holds the fence.
SELECT queue_id, attempt_id, published FROM jobd_fence WHERE target = :target

-- name: full_row
-- A missing row is made; the UPDATE that follows gives it its word.
INSERT INTO processing_status (id, status) VALUES (1, 'upload_complete')
ON CONFLICT (id) DO NOTHING

-- name: full_started
-- A new attempt begins from nothing: no old error, no old progress.
UPDATE processing_status SET
    status = 'extracting_frames',
    frame_extraction_progress = 0.0, ocr_progress = 0.0, layout_analysis_progress = 0.0,
    error_message = NULL, error_details = NULL, error_occurred_at = NULL,
    current_job_id = :pid, processing_attempts = :attempt_number,
    last_heartbeat_at = datetime('now'),
    processing_started_at = datetime('now'), processing_completed_at = NULL
WHERE id = 1 RETURNING id

-- name: full_progress
-- Work done, and that somebody is at it.
UPDATE processing_status SET
    frame_extraction_progress = :share, last_heartbeat_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: full_reading
-- The frames are there; how far their text is read may be known from an earlier attempt.
UPDATE processing_status SET
    status = 'running_ocr', frame_extraction_progress = 1.0, ocr_progress = :share,
    last_heartbeat_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: full_read
-- Frames read, and that somebody is at it.
UPDATE processing_status SET ocr_progress = :share, last_heartbeat_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: full_waiting
-- The app shows this word as "Queued".
UPDATE processing_status SET
    status = 'upload_complete', current_job_id = NULL,
    error_message = NULL, error_details = NULL, error_occurred_at = NULL
WHERE id = 1 RETURNING id

-- name: full_failed
-- Stops the app's polling and offers its retry button.
UPDATE processing_status SET
    status = 'error', current_job_id = NULL,
    error_message = :message, error_details = :details, error_occurred_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: full_complete
-- All three steps count as done, as the old flow wrote it.
UPDATE processing_status SET
    status = :word,
    frame_extraction_progress = 1.0, ocr_progress = 1.0, layout_analysis_progress = 1.0,
    error_message = NULL, error_details = NULL, error_occurred_at = NULL,
    current_job_id = NULL, last_heartbeat_at = datetime('now'),
    processing_completed_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: crop_row
-- A missing row is made; the UPDATE that follows gives it its word.
INSERT INTO crop_frames_status (id, status) VALUES (1, 'queued')
ON CONFLICT (id) DO NOTHING

-- name: crop_started
-- A new attempt begins from nothing.
UPDATE crop_frames_status SET
    status = 'processing', current_job_id = :pid,
    error_message = NULL, error_details = NULL, error_occurred_at = NULL,
    processing_started_at = datetime('now'), processing_completed_at = NULL
WHERE id = 1 RETURNING id

-- name: crop_waiting
-- Between two attempts.
UPDATE crop_frames_status SET
    status = 'queued', current_job_id = NULL,
    error_message = NULL, error_details = NULL, error_occurred_at = NULL
WHERE id = 1 RETURNING id

-- name: crop_failed
-- Stops the app's polling and offers its retry button.
UPDATE crop_frames_status SET
    status = 'error', current_job_id = NULL,
    error_message = :message, error_details = :details, error_occurred_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: crop_complete
-- retry_count goes back to 0, as the app's own completion sets it.
UPDATE crop_frames_status SET
    status = 'complete', current_job_id = NULL, retry_count = 0,
    error_message = NULL, error_details = NULL, error_occurred_at = NULL,
    processing_completed_at = datetime('now')
WHERE id = 1 RETURNING id

-- name: layout_write
-- Bounds that a person has set stay; only the picture's own size is brought up to date.
INSERT INTO video_layout_config (id, frame_width, frame_height,
    crop_left, crop_top, crop_right, crop_bottom, crop_bounds_version)
VALUES (1, :width, :height, 0, 0, :width, :height, 1)
ON CONFLICT (id) DO UPDATE SET
    frame_width = excluded.frame_width, frame_height = excluded.frame_height

-- name: layout_version
-- The version counts only where the bounds are these very ones.
SELECT crop_bounds_version FROM video_layout_config
WHERE id = 1 AND crop_left = :left AND crop_top = :top
    AND crop_right = :right AND crop_bottom = :bottom

-- name: metadata_fill
-- What the app has written already is the app's to change.
UPDATE video_metadata SET
    duration_seconds = coalesce(duration_seconds, :duration_s),
    width = coalesce(width, :width), height = coalesce(height, :height),
    fps = coalesce(fps, :fps), codec = coalesce(codec, :codec)
WHERE id = 1

-- name: labels_of_users
-- Labels that a person set refer to full frames by their index.
SELECT 1 FROM full_frame_box_labels WHERE label_source = 'user' LIMIT 1

-- name: ocr_delete
-- Boxes of frames that are no more.
DELETE FROM full_frame_ocr

-- name: boxes_create
-- What is read so far of the frames that are shown now; it outlives an attempt that dies. boxes is
-- NULL while an engine is at the frame, and where it died over it.
CREATE TABLE IF NOT EXISTS jobd_ocr (
    frame_index INTEGER PRIMARY KEY,
    boxes TEXT,
    reused INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    made_by TEXT NOT NULL
)

-- name: boxes_drop
-- It goes with the frames that it was read from.
DROP TABLE IF EXISTS jobd_ocr

-- name: boxes_of_others
-- Boxes of two engines, or of two sizes, are never mixed.
DELETE FROM jobd_ocr WHERE made_by <> :made_by

-- name: boxes_unread
-- In order, so that each frame can be compared with the one before it.
SELECT frame_index FROM full_frames
WHERE frame_index NOT IN (SELECT frame_index FROM jobd_ocr WHERE boxes IS NOT NULL)
ORDER BY frame_index

-- name: boxes_picture
-- No row: the app has removed the frame meanwhile.
SELECT image_data FROM full_frames WHERE frame_index = :frame_index

-- name: boxes_begin
-- Committed before the engine sees the picture: should it die of it, the next attempt knows. One
-- that was handed back died of no picture; who follows it has its number.
INSERT INTO jobd_ocr (frame_index, tries, attempt, made_by)
VALUES (:frame_index, 1, :number, :made_by)
ON CONFLICT (frame_index) DO UPDATE SET
    tries = tries + (attempt <> excluded.attempt), attempt = excluded.attempt
RETURNING tries

-- name: boxes_done
-- One frame's boxes, as a JSON array of arrays.
INSERT INTO jobd_ocr (frame_index, boxes, reused, error, made_by)
VALUES (:frame_index, :boxes, :reused, :error, :made_by)
ON CONFLICT (frame_index) DO UPDATE SET
    boxes = excluded.boxes, reused = excluded.reused, error = excluded.error

-- name: boxes_sums
-- What the reading came to.
SELECT count(*), coalesce(sum(json_array_length(boxes)), 0),
    count(*) FILTER (WHERE json_array_length(boxes) > 0), coalesce(sum(reused), 0), count(error)
FROM jobd_ocr

-- name: boxes_faults
-- The frames that could not be read, the first few by name.
SELECT frame_index, error FROM jobd_ocr WHERE error IS NOT NULL ORDER BY frame_index LIMIT 20

-- name: boxes_frames
-- All that were looked at, and how many rows each will be.
SELECT frame_index, json_array_length(boxes) FROM jobd_ocr WHERE boxes IS NOT NULL
ORDER BY frame_index

-- name: twin_drop
-- Of this attempt, or of one that died before the exchange, or after it.
DROP TABLE IF EXISTS jobd_ocr_twin

-- name: twin_ids
-- An AUTOINCREMENT promises never to give an id twice.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'jobd_ocr_twin', seq FROM sqlite_sequence WHERE name = 'full_frame_ocr'

-- name: twin_fill
-- One step. frame_index counts tenths of a second.
INSERT INTO jobd_ocr_twin
    (frame_index, box_index, text, confidence, x, y, width, height, timestamp_seconds)
SELECT frame_index, box.key, box.value ->> 0, box.value ->> 1, box.value ->> 2, box.value ->> 3,
    box.value ->> 4, box.value ->> 5, frame_index / 10.0
FROM jobd_ocr, json_each(jobd_ocr.boxes) AS box
WHERE frame_index > :after AND frame_index <= :last
ORDER BY frame_index, box.key

-- name: definitions
-- A table and its indexes, with where their rows live.
SELECT type, name, sql, rootpage FROM sqlite_schema
WHERE type IN ('table', 'index') AND tbl_name = :table COLLATE NOCASE

-- name: point
-- Guarded by the old root: a definition that moved meanwhile is not touched.
UPDATE sqlite_schema SET rootpage = :root
WHERE type = :type AND name = :name AND rootpage = :was RETURNING name

-- name: stages
-- Of every target and attempt; the caller tells them apart.
SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'jobd_stage_*'

-- name: table_exists
-- Another process may have dropped it first.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :table

-- name: stage_insert_full_frames
-- {stage} is a name that jobd made of letters and digits.
INSERT INTO {stage} (frame_index, image_data, width, height, file_size, created_at)
VALUES (?, ?, ?, ?, ?, datetime('now'))

-- name: stage_insert_cropped_frames
-- The same, and the bounds of this attempt.
INSERT INTO {stage} (frame_index, image_data, width, height, file_size,
    crop_left, crop_top, crop_right, crop_bottom, crop_bounds_version, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, datetime('now'))

-- name: stage_next
-- The whole picture, so that all of its pages are read.
SELECT frame_index, image_data FROM {stage} WHERE frame_index > ?
ORDER BY frame_index LIMIT 1

-- name: stage_delete
-- One small step; rows are inserted in this order, so the pages lie together.
DELETE FROM {stage} WHERE frame_index <= ?

-- name: stage_drop
-- Quick once it is empty.
DROP TABLE {stage}

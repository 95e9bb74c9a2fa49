-- What adopt asks. The first blocks go to a video's database: older ones lack tables and columns, so
-- rows are read whole, and only from tables that are there.

-- name: tables
-- Which there are.
SELECT lower(name) FROM sqlite_schema WHERE type = 'table';

-- name: processing_status
-- The upload's and full_frames' word.
SELECT * FROM processing_status WHERE id = 1;

-- name: crop_frames_status
-- crop_frames' word.
SELECT * FROM crop_frames_status WHERE id = 1;

-- name: video_layout_config
-- Where to crop.
SELECT * FROM video_layout_config WHERE id = 1;

-- name: video_preferences
-- Whether a person has agreed to it.
SELECT * FROM video_preferences WHERE id = 1;

-- name: video_metadata
-- The video's id and file.
SELECT * FROM video_metadata WHERE id = 1;

-- name: full_frames
-- Whether there is one.
SELECT 1 FROM full_frames LIMIT 1;

-- name: full_frame_ocr
-- Whether there is a box: frames are sometimes kept elsewhere, and boxes would go with new ones.
SELECT 1 FROM full_frame_ocr LIMIT 1;

-- name: cropped_frames
-- Whether there is one.
SELECT 1 FROM cropped_frames LIMIT 1;

-- name: live
-- In the queue: what waits or runs already. Paths as bytes: a row of no UTF-8 must not stop the others.
SELECT kind, CAST(target AS BLOB) AS target FROM jobs WHERE status = 'queued' AND target IS NOT NULL
UNION ALL
SELECT kind, CAST(target AS BLOB) AS target FROM jobs WHERE status = 'running' AND target IS NOT NULL;

-- name: insert
-- In the queue: unless another program was quicker. The key is the client's: the database's path.
INSERT INTO jobs (kind, payload, unique_key)
SELECT :kind, :payload, substr(:target, -500)
WHERE NOT EXISTS (
        SELECT 1 FROM jobs WHERE status = 'queued' AND kind = :kind AND target = :target)
    AND NOT EXISTS (
        SELECT 1 FROM jobs WHERE status = 'running' AND kind = :kind AND target = :target)
RETURNING id;

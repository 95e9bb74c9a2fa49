-- What a sheet asks of a video's database, which is the app's: nothing is written. {table} is full_frames or
-- cropped_frames.

-- name: known
-- Whether it has such a table.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = :name

-- name: boxes
-- The text that was read on some full frames.
SELECT frame_index, x, y, width, height
FROM full_frame_ocr
WHERE frame_index IN (SELECT value FROM json_each(:indexes))
    AND typeof(x) = 'real' AND typeof(y) = 'real' AND typeof(width) = 'real' AND typeof(height) = 'real'
ORDER BY frame_index

-- name: fence
-- Whose frames there are; by all its columns, as one that an older jobd has made lacks `shown`.
SELECT * FROM jobd_fence WHERE target = :target

-- name: extent
-- The first and the last frame, each by a seek; they are counted by the headers of pages.
SELECT
    (SELECT min(frame_index) FROM {table}),
    (SELECT max(frame_index) FROM {table}),
    (SELECT count(*) FROM {table})

-- name: frame
-- The frame at an index, or the next one.
SELECT frame_index, image_data FROM {table} WHERE frame_index >= :at ORDER BY frame_index LIMIT 1

-- The whole picture, once in ten seconds. A row of this video that still waits is replaced.
INSERT INTO jobs (kind, payload, unique_key)
VALUES ('full_frames', json_object('videoId', :id, 'videoPath', :video, 'dbPath', :db), :db)
ON CONFLICT DO UPDATE SET payload = excluded.payload
RETURNING id;

-- The caption area, ten times a second. In pixels; right and bottom lie just outside.
INSERT INTO jobs (kind, payload, unique_key)
VALUES ('crop_frames', json_object('videoId', :id, 'videoPath', :video, 'dbPath', :db,
    'cropBounds', json_object('left', :left, 'top', :top, 'right', :right, 'bottom', :bottom)), :db)
ON CONFLICT DO UPDATE SET payload = excluded.payload
RETURNING id;

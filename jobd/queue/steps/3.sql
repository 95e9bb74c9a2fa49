-- Jobs are found by their video, and ended ones of a kind without reading their rows.
DROP INDEX jobs_finished;
CREATE INDEX jobs_finished ON jobs (status, finished_at, kind) WHERE finished_at IS NOT NULL;

CREATE TABLE job_videos (
    video_id TEXT    NOT NULL,
    job_id   INTEGER NOT NULL,
    PRIMARY KEY (video_id, job_id)
) STRICT, WITHOUT ROWID;

INSERT INTO job_videos (video_id, job_id)
SELECT json_extract(payload, '$.videoId'), id
FROM jobs
WHERE CASE WHEN json_valid(payload) THEN json_type(payload, '$.videoId') = 'text' END;

-- A video's jobs are found by its id (job_videos).
CREATE TRIGGER jobs_video_named AFTER INSERT ON jobs
WHEN json_type(NEW.payload, '$.videoId') = 'text'
BEGIN
    INSERT OR IGNORE INTO job_videos (video_id, job_id)
    VALUES (json_extract(NEW.payload, '$.videoId'), NEW.id);
END;

CREATE TRIGGER jobs_video_changed AFTER UPDATE OF payload ON jobs
WHEN NEW.payload IS NOT OLD.payload
BEGIN
    DELETE FROM job_videos
    WHERE video_id = CASE WHEN json_valid(OLD.payload) THEN json_extract(OLD.payload, '$.videoId') END
        AND job_id = NEW.id;
    INSERT OR IGNORE INTO job_videos (video_id, job_id)
    SELECT json_extract(NEW.payload, '$.videoId'), NEW.id
    WHERE json_type(NEW.payload, '$.videoId') = 'text';
END;

CREATE TRIGGER jobs_video_deleted AFTER DELETE ON jobs
BEGIN
    DELETE FROM job_videos
    WHERE video_id = CASE WHEN json_valid(OLD.payload) THEN json_extract(OLD.payload, '$.videoId') END
        AND job_id = OLD.id;
END;

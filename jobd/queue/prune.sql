-- What retention sends to jobs.db. Lists of ids come as JSON arrays: jobd's own SQLite knows json_each.

-- name: prunable
-- Ended long ago, the oldest first. A job stays while a process of it may live or its video is to be told.
-- INDEXED BY: whatever ANALYZE finds out, never a scan.
SELECT j.id
FROM jobs AS j INDEXED BY jobs_finished
WHERE j.status = :status AND j.finished_at IS NOT NULL AND j.finished_at <= :before
    AND NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = j.id)
    AND NOT EXISTS (
        SELECT 1 FROM cancellations AS c
        WHERE c.kind = j.kind AND c.target = j.target AND c.job_id = j.id)
ORDER BY j.finished_at
LIMIT :step;

-- name: attempts_of
-- Of jobs that go (a JSON array of ids).
SELECT a.id
FROM json_each(:jobs) AS given
JOIN job_attempts AS a ON a.job_id = given.value
LIMIT :step;

-- name: drop_logs_of
-- What attempts said that go.
DELETE FROM job_logs
WHERE id IN (
    SELECT l.id
    FROM json_each(:attempts) AS given
    JOIN job_logs AS l ON l.attempt_id = given.value
    LIMIT :step)
RETURNING id;

-- name: drop_attempts
-- Their logs are gone. Ids are never used again: videos remember them.
DELETE FROM job_attempts
WHERE id IN (SELECT value FROM json_each(:attempts)) AND ended_at IS NOT NULL;

-- name: drop_jobs
-- Ended, and their attempts are gone. NOT INDEXED: by their ids, not by a walk over all that are old.
DELETE FROM jobs NOT INDEXED
WHERE id IN (SELECT value FROM json_each(:jobs))
    AND status IN ('completed', 'failed', 'cancelled') AND finished_at <= :before
RETURNING id;

-- name: old_attempts
-- The next old ones by id, and whether their job is gone. Ids follow time: the first young one ends it.
SELECT old.id, old.ended_at <= :before AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.id = old.job_id)
FROM (
    SELECT id, job_id, started_at, ended_at
    FROM job_attempts
    WHERE id > :after
    ORDER BY id
    LIMIT :step
) AS old
WHERE old.started_at <= :before;

-- name: old_logs
-- The same for what was said, by attempts that are gone.
SELECT old.id, NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.id = old.attempt_id)
FROM (SELECT id, attempt_id, at FROM job_logs WHERE id > :after ORDER BY id LIMIT :step) AS old
WHERE old.at <= :before;

-- name: drop_logs
-- Nobody's.
DELETE FROM job_logs WHERE id IN (SELECT value FROM json_each(:logs));

-- name: free_pages
-- Pages of the file that hold nothing.
PRAGMA freelist_count;

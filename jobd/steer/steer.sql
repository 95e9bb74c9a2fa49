-- What a person's commands send to jobs.db. Every text is read as a BLOB, as in report.sql.

-- name: before
-- One job before it is changed, and the one that waits in its place. :video is NULL for any.
SELECT
    j.id,
    CAST(j.kind AS BLOB) AS kind,
    j.status,
    j.run_at AS run_at_ms,
    j.attempts,
    j.finished_at AS finished_at_ms,
    (SELECT other.id FROM jobs AS other
        WHERE other.status = 'queued' AND other.kind = j.kind AND other.unique_key = j.unique_key
            AND other.unique_key IS NOT NULL AND other.id <> j.id) AS rival,
    :video IS NULL OR EXISTS (
        SELECT 1 FROM job_videos AS v WHERE v.video_id = :video AND v.job_id = j.id) AS of_video
FROM jobs AS j
WHERE j.id = :id

-- name: cancel
-- The contract's own statement; the triggers of the queue do the rest.
UPDATE jobs SET status = 'cancelled' WHERE id = :id AND status IN ('queued', 'running') RETURNING id

-- name: retry
-- The same for the other way.
UPDATE jobs SET status = 'queued'
WHERE id = :id AND status IN ('completed', 'failed', 'cancelled')
RETURNING id

-- name: shown
-- One job of many, for a person who is to say yes.
SELECT id, CAST(kind AS BLOB) AS kind, created_at AS created_at_ms, finished_at AS finished_at_ms,
    CAST(CASE WHEN json_valid(payload) THEN json_extract(payload, '$.videoId') END AS BLOB) AS video
FROM jobs
WHERE id = :id

-- name: kinds
-- All that the queue knows, with what waits and what runs of each.
SELECT CAST(k.kind AS BLOB) AS kind, k.paused,
    (SELECT count(*) FROM jobs INDEXED BY jobs_ready
        WHERE status = 'queued' AND run_at = 0 AND kind = k.kind) AS waiting,
    (SELECT count(*) FROM jobs INDEXED BY jobs_running
        WHERE status = 'running' AND kind = k.kind) AS running
FROM job_kinds AS k
ORDER BY k.kind

-- name: set_paused
-- None is started from here on, or again; what runs goes on.
UPDATE job_kinds SET paused = :paused WHERE kind = :kind AND paused <> :paused RETURNING kind

-- name: goes
-- Of given jobs (a JSON array of ids) those that may be deleted, by the rules of retention's `prunable`.
SELECT j.id
FROM json_each(:jobs) AS given
JOIN jobs AS j ON j.id = given.value
WHERE j.status IN ('completed', 'failed', 'cancelled') AND j.finished_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = j.id)
    AND NOT EXISTS (
        SELECT 1 FROM cancellations AS c
        WHERE c.kind = j.kind AND c.target = j.target AND c.job_id = j.id)

-- name: stays
-- Why one of them may not.
SELECT j.status,
    EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = j.id) AS has_process,
    EXISTS (
        SELECT 1 FROM cancellations AS c
        WHERE c.kind = j.kind AND c.target = j.target AND c.job_id = j.id) AS untold
FROM jobs AS j
WHERE j.id = :id

-- name: count_old
-- How many of one status ended so long ago, and how many of them may go; INDEXED BY as in `prunable`.
SELECT count(*),
    count(CASE
        WHEN EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = j.id) THEN NULL
        WHEN EXISTS (
            SELECT 1 FROM cancellations AS c
            WHERE c.kind = j.kind AND c.target = j.target AND c.job_id = j.id) THEN NULL
        ELSE 1
    END)
FROM jobs AS j INDEXED BY jobs_finished
WHERE j.status = :status AND j.finished_at IS NOT NULL AND j.finished_at <= :before

-- name: bytes
-- How large the file is, once all that was written stands in it.
SELECT page_count * page_size FROM pragma_page_count, pragma_page_size

-- Which jobs a look is about: ids only, each statement in the order in which its rows are shown, and each
-- from an index that holds its rows alone. :kind is NULL for any; :count is -1 for all.

-- name: kinds
-- Those that this queue knows.
SELECT CAST(kind AS BLOB) AS kind FROM job_kinds ORDER BY kind

-- name: running
-- They are few. The newest lease first.
SELECT id
FROM jobs INDEXED BY jobs_running
WHERE status = 'running' AND (:kind IS NULL OR kind = :kind)
ORDER BY attempt_id DESC
LIMIT :count

-- name: queued
-- Of one kind, the next to start first. What has come due but is not promoted yet: see due.
SELECT id, priority
FROM jobs INDEXED BY jobs_ready
WHERE status = 'queued' AND run_at = 0 AND kind = :kind AND attempts = 0
ORDER BY priority DESC, id
LIMIT :count

-- name: due
-- Its time has come, and the daemon has not looked since.
SELECT id, priority
FROM jobs INDEXED BY jobs_scheduled
WHERE status = 'queued' AND run_at > 0 AND run_at <= :now_ms AND attempts = 0
    AND (:kind IS NULL OR kind = :kind)
ORDER BY run_at, id
LIMIT :count

-- name: scheduled
-- The next one first.
SELECT id
FROM jobs INDEXED BY jobs_scheduled
WHERE status = 'queued' AND run_at > 0 AND run_at > :now_ms AND attempts = 0
    AND (:kind IS NULL OR kind = :kind)
ORDER BY run_at, id
LIMIT :count

-- name: retrying
-- The next one first.
SELECT id
FROM jobs INDEXED BY jobs_retrying
WHERE status = 'queued' AND attempts > 0 AND (:kind IS NULL OR kind = :kind)
ORDER BY run_at, id
LIMIT :count

-- name: ended
-- Of one status, the last ended first; the index holds the kind, so that others' rows are not read.
SELECT id, finished_at
FROM jobs INDEXED BY jobs_finished
WHERE status = :status AND finished_at IS NOT NULL AND finished_at >= :since_ms
    AND (:kind IS NULL OR kind = :kind)
ORDER BY finished_at DESC, id DESC
LIMIT :count

-- name: of_video
-- All that a video has had, the newest first.
SELECT j.id, j.status, j.run_at, j.attempts
FROM job_videos AS v
JOIN jobs AS j ON j.id = v.job_id
WHERE v.video_id = :video AND (:kind IS NULL OR j.kind = :kind)
    AND (j.finished_at IS NULL OR j.finished_at >= :since_ms)
ORDER BY v.job_id DESC
